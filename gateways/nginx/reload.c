// SPDX-License-Identifier: Apache-2.0
// Keeps policies current. The master loads each once, before it forks; from then on every worker looks
// at the files, on a thread, so that neither a compile nor a slow disk holds up requests.
// The event loop learns of the end by asking a running thread every few milliseconds.
#include "module.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { THREAD_POLL_MILLISECONDS = 10 };
/* How long a worker that starts may wait for a changed policy before it takes requests. */
enum { FIRST_LOOK_SECONDS = 1 };

/* ---- taking over what was loaded -------------------------------------------------------- */

static bool fits_bindings(const csn_policy *policy, csn_load *load)
{
    csn_binding *const *bindings = policy->bindings.elts;
    for (ngx_uint_t i = 0; i < policy->bindings.nelts; i++)
        if (!csn_binding_fits(bindings[i], load->image, load->message))
            return false;
    return true;
}

/* The image becomes the current one, or is freed and the message says why. */
static bool publish(csn_policy *policy, csn_load *load)
{
    bool fine = load->image != NULL;
    corsac_image_info info;
    corsac_image_describe(load->image, &info);
    if (fine && !fits_bindings(policy, load)) {
        policy->fingerprint = load->fingerprint; /* opening it again would change nothing */
        fine = false;
    }
    if (fine && corsac_engine_publish(policy->engine, load->image) != CORSAC_OK) {
        snprintf(load->message, sizeof(load->message), "%s: not enough memory to publish",
                 policy->source.path);
        fine = false;
    }
    if (!fine)
        corsac_image_free(load->image);
    load->image = NULL;
    if (fine) {
        policy->has_image = true;
        policy->needs_lines = (info.needs & CORSAC_NEEDS_HEADERS) != 0;
        policy->fingerprint = load->fingerprint;
    }
    return fine;
}

static void log_quarantine(ngx_log_t *log, const csn_policy *policy, const csn_load *load)
{
    if (load->quarantined > 0)
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "corsac: %V: %uD documents are left out, the first for: %s", &policy->name,
                      load->quarantined, load->message);
}

/* ---- the first load --------------------------------------------------------------------- */

static const char *const without_policy[] = {
    [CSN_ON_ERROR_LAST_GOOD] = "",
    [CSN_ON_ERROR_DENY] = "; until it loads every origin is denied",
    [CSN_ON_ERROR_PASS] = "; until it loads requests pass",
};

static ngx_int_t start_policy(ngx_conf_t *cf, const csn_main_conf *conf, csn_policy *policy)
{
    csn_load load = {.source = &policy->source};
    csn_policy_load(&load);
    if (publish(policy, &load)) {
        log_quarantine(cf->log, policy, &load);
        return NGX_OK;
    }
    bool fatal = conf->on_error == CSN_ON_ERROR_LAST_GOOD;
    ngx_uint_t level = fatal ? NGX_LOG_EMERG : NGX_LOG_ERR;
    ngx_log_error(level, cf->log, 0, "corsac_policy: %s in %V:%ui%s", load.message, &policy->file,
                  policy->line, without_policy[conf->on_error]);
    return fatal ? NGX_ERROR : NGX_OK;
}

ngx_int_t csn_policies_start(ngx_conf_t *cf, csn_main_conf *main_conf)
{
    csn_policy **policies = main_conf->policies.elts;
    ngx_int_t rc = NGX_OK;
    for (ngx_uint_t i = 0; i < main_conf->policies.nelts; i++)
        if (start_policy(cf, main_conf, policies[i]) != NGX_OK)
            rc = NGX_ERROR; /* the others are looked at too: all errors in one run */
    return rc;
}

/* ---- reloading in a worker -------------------------------------------------------------- */

static void *load_on_thread(void *data)
{
    csn_policy_load(data);
    return NULL;
}

/* The thread takes no signals: nginx's handlers belong to the event loop. */
static bool begin_load(csn_policy *policy)
{
    sigset_t all, before;
    policy->load = (csn_load){.source = &policy->source,
                              .shared = policy->shared,
                              .offered = &policy->offered,
                              .known_fingerprint = policy->fingerprint};
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    int error = pthread_create(&policy->thread, NULL, load_on_thread, &policy->load);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    policy->thread_runs = error == 0;
    return policy->thread_runs;
}

/* A state that does not change is told once, not at every look. */
static bool is_new_complaint(csn_policy *policy, const char *message)
{
    uint32_t hash = ngx_murmur_hash2((u_char *)(uintptr_t)message, strlen(message));
    bool is_new = hash != policy->complaint;
    policy->complaint = hash;
    return is_new;
}

static void report_failure(csn_policy *policy, ngx_log_t *log, const char *message)
{
    if (!is_new_complaint(policy, message))
        return;
    ngx_log_error(NGX_LOG_ERR, log, 0, "corsac: %s; %s", message,
                  policy->has_image ? "the last good policy stays" : "there is no policy yet");
    if (policy->counts != NULL)
        ngx_atomic_fetch_add(&policy->counts->failed, 1);
}

static void finish_load(csn_policy *policy, ngx_log_t *log)
{
    csn_load *load = &policy->load;
    if (load->unchanged) {
        policy->complaint = 0;
        return;
    }
    if (!publish(policy, load)) {
        report_failure(policy, log, load->message);
        return;
    }
    policy->complaint = 0;
    corsac_reader_release(policy->reader); /* nobody needs the old image: contexts hold copies */
    if (policy->counts != NULL)
        ngx_atomic_fetch_add(load->taken ? &policy->counts->taken : &policy->counts->made, 1);
    ngx_log_error(NGX_LOG_NOTICE, log, 0, "corsac: %V: a new policy is in use", &policy->name);
    log_quarantine(log, policy, load);
}

static void look(ngx_event_t *event)
{
    csn_policy *policy = event->data;
    const csn_main_conf *conf =
        ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_corsac_module);
    if (policy->thread_runs) {
        int error = pthread_tryjoin_np(policy->thread, NULL);
        if (error == 0) {
            policy->thread_runs = false;
            finish_load(policy, event->log);
        }
    } else if (!begin_load(policy)) {
        report_failure(policy, event->log, "no thread could be started");
    }
    if (!ngx_exiting || policy->thread_runs)
        ngx_add_timer(event, policy->thread_runs ? THREAD_POLL_MILLISECONDS : conf->reload);
}

/* A worker in the place of one that died has what the master loaded long ago: it looks at once. */
static void look_first(csn_policy *policy, ngx_log_t *log, const struct timespec *until)
{
    if (begin_load(policy) && pthread_timedjoin_np(policy->thread, NULL, until) == 0) {
        policy->thread_runs = false;
        finish_load(policy, log);
    }
}

ngx_int_t csn_reload_start(ngx_cycle_t *cycle, csn_main_conf *main_conf)
{
    csn_policy **policies = main_conf->policies.elts;
    struct timespec until = {0, 0};
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
        return NGX_OK;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += FIRST_LOOK_SECONDS;
    for (ngx_uint_t i = 0; i < main_conf->policies.nelts; i++) {
        csn_policy *policy = policies[i];
        policy->counts = csn_counters_mine(policy);
        (void)corsac_reader_new(&policy->reader, policy->engine);
        if (main_conf->reload == 0)
            continue;
        policy->timer.handler = look;
        policy->timer.data = policy;
        policy->timer.log = cycle->log;
        policy->timer.cancelable = 1; /* does not hold up a worker that is to end */
        look_first(policy, cycle->log, &until);
        ngx_add_timer(&policy->timer,
                      policy->thread_runs ? THREAD_POLL_MILLISECONDS : main_conf->reload);
    }
    return NGX_OK;
}

void csn_policy_stop(csn_policy *policy)
{
    if (policy->thread_runs && pthread_join(policy->thread, NULL) == 0)
        corsac_image_free(policy->load.image);
    policy->thread_runs = false;
    if (policy->timer.timer_set)
        ngx_del_timer(&policy->timer);
    corsac_reader_free(policy->reader);
    policy->reader = NULL;
}

void csn_reload_stop(csn_main_conf *main_conf)
{
    csn_policy **policies = main_conf->policies.elts;
    for (ngx_uint_t i = 0; i < main_conf->policies.nelts; i++)
        csn_policy_stop(policies[i]);
}
