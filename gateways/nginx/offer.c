// SPDX-License-Identifier: Apache-2.0
// One image for all workers: whoever sees a change first reads or compiles it into a sealed memory
// file, and the others open that through /proc. Runs on the threads that load policies.
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* A maker that takes longer is taken for stuck: the next worker makes its own. */
enum { MAKING_SECONDS = 60, WAIT_MILLISECONDS = 5 };
/* So many processes that ended over one policy are no coincidence: it may be what ends them. */
enum { MAX_ATTEMPTS = 2 };
/* A failure may have been a passing one, of memory for example: then it is tried again. */
enum { FAILED_SECONDS = 30 };
enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

bool csn_offer_init(csn_offer *offer)
{
    pthread_mutexattr_t kind;
    if (pthread_mutexattr_init(&kind) != 0)
        return false;
    bool fine = pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED) == 0 &&
                pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST) == 0 &&
                pthread_mutex_init(&offer->mutex, &kind) == 0;
    pthread_mutexattr_destroy(&kind);
    offer->state = CSN_OFFER_NONE;
    offer->descriptor = -1;
    return fine;
}

/* Its holder died: what stands there may be half written. */
static bool lock(csn_offer *offer)
{
    int error = pthread_mutex_lock(&offer->mutex);
    if (error == EOWNERDEAD) {
        offer->state = CSN_OFFER_NONE;
        error = pthread_mutex_consistent(&offer->mutex);
    }
    return error == 0;
}

static void unlock(csn_offer *offer)
{
    pthread_mutex_unlock(&offer->mutex);
}

static uint64_t now_seconds(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

/* ---- taking ----------------------------------------------------------------------------- */

static int open_descriptor(const csn_offer *offer)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)offer->maker, offer->descriptor);
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool has_revision(const corsac_image *image, uint64_t revision)
{
    corsac_image_info info;
    corsac_image_describe(image, &info);
    return info.revision == revision;
}

/* The number may belong to another process by now, so nothing is believed: seals and revision. */
static bool open_offered(csn_load *load, const csn_offer *offer)
{
    int descriptor = open_descriptor(offer);
    if (descriptor < 0)
        return false;
    bool fine =
        fcntl(descriptor, F_GET_SEALS) == SEALS && csn_image_open(load, descriptor, offer->trusted);
    close(descriptor);
    if (fine && !has_revision(load->image, offer->revision)) {
        corsac_image_free(load->image);
        load->image = NULL;
        fine = false;
    }
    return fine;
}

static bool is_made(const csn_offer *offer)
{
    return offer->state == CSN_OFFER_READY ||
           (offer->state == CSN_OFFER_FAILED &&
            now_seconds() - offer->since_seconds < FAILED_SECONDS);
}

static bool is_being_made(const csn_offer *offer)
{
    return offer->state == CSN_OFFER_MAKING && offer->maker != ngx_pid &&
           now_seconds() - offer->since_seconds < MAKING_SECONDS && kill(offer->maker, 0) == 0;
}

/* With the lock held. */
static void claim(csn_offer *offer, uint64_t fingerprint)
{
    bool again = offer->state == CSN_OFFER_MAKING && offer->fingerprint == fingerprint;
    offer->attempts = again ? offer->attempts + 1 : 1;
    offer->state = CSN_OFFER_MAKING;
    offer->fingerprint = fingerprint;
    offer->since_seconds = now_seconds();
    offer->maker = ngx_pid;
}

/* With the lock held, of a state in which nobody is making it. */
static bool is_abandoned(const csn_offer *offer)
{
    return offer->state == CSN_OFFER_MAKING && offer->attempts >= MAX_ATTEMPTS &&
           offer->maker != ngx_pid && kill(offer->maker, 0) != 0;
}

static void give_up(csn_offer *offer, const char *path)
{
    offer->state = CSN_OFFER_FAILED;
    offer->since_seconds = now_seconds();
    offer->quarantined = 0;
    snprintf(offer->message, sizeof(offer->message), "%s: %d processes ended while they loaded it",
             path, MAX_ATTEMPTS);
}

enum verdict { TAKE, WAIT, MAKE };

/* One look at the offer; a copy to use without the lock. */
static enum verdict look(csn_offer *offer, const csn_load *load, csn_offer *copy)
{
    enum verdict verdict = MAKE;
    if (!lock(offer))
        return MAKE;
    bool same = offer->fingerprint == load->fingerprint;
    if (same && is_abandoned(offer))
        give_up(offer, load->source->path);
    if (same && is_made(offer))
        verdict = TAKE;
    else if (same && is_being_made(offer))
        verdict = WAIT;
    else
        claim(offer, load->fingerprint);
    *copy = *offer;
    unlock(offer);
    return verdict;
}

static void claim_anyway(csn_offer *offer, uint64_t fingerprint)
{
    if (!lock(offer))
        return;
    claim(offer, fingerprint);
    unlock(offer);
}

bool csn_offer_take(csn_load *load)
{
    csn_offer *offer = &load->shared->offer;
    const struct timespec pause = {0, WAIT_MILLISECONDS * 1000000L};
    csn_offer copy;
    enum verdict verdict;
    while ((verdict = look(offer, load, &copy)) == WAIT) {
        if (ngx_quit || ngx_terminate || ngx_exiting) {
            load->unchanged = true;
            return true;
        }
        nanosleep(&pause, NULL);
    }
    if (verdict == MAKE)
        return false;
    if (copy.state == CSN_OFFER_READY && !open_offered(load, &copy)) {
        claim_anyway(offer, load->fingerprint);
        return false;
    }
    if (*load->offered >= 0)
        close(*load->offered); /* of a policy that nobody takes any more */
    *load->offered = -1;
    load->taken = true;
    load->quarantined = copy.quarantined;
    ngx_memcpy(load->message, copy.message, sizeof(load->message));
    return true;
}

/* ---- making ----------------------------------------------------------------------------- */

static bool write_all(int descriptor, corsac_str bytes)
{
    size_t done = 0;
    while (done < bytes.size) {
        ssize_t wrote = write(descriptor, bytes.data + done, bytes.size - done);
        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

int csn_sealed_copy(corsac_str bytes)
{
    int descriptor = memfd_create("corsac-policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0)
        return -1;
    if (write_all(descriptor, bytes) && fcntl(descriptor, F_ADD_SEALS, SEALS) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

void csn_offer_make(csn_load *load, int descriptor, bool trusted)
{
    csn_offer *offer = &load->shared->offer;
    corsac_image_info info = {.revision = 0};
    if (load->image != NULL)
        corsac_image_describe(load->image, &info);
    if (!lock(offer)) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    if (*load->offered >= 0)
        close(*load->offered);
    *load->offered = descriptor;
    if (load->image == NULL)
        offer->state = CSN_OFFER_FAILED;
    else
        offer->state = descriptor >= 0 ? CSN_OFFER_READY : CSN_OFFER_NONE;
    offer->fingerprint = load->fingerprint;
    offer->since_seconds = now_seconds();
    offer->maker = ngx_pid;
    offer->descriptor = descriptor;
    offer->revision = info.revision;
    offer->trusted = trusted;
    offer->quarantined = load->quarantined;
    ngx_memcpy(offer->message, load->message, sizeof(offer->message));
    unlock(offer);
}
