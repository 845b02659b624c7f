// SPDX-License-Identifier: Apache-2.0
// The parts of the nginx module and what they share. A request passes them in this order:
//
//   request.c    nginx's request            -> views for corsac_evaluate
//   decide.c     phases, the one decision   -> csn_context, kept until the request ends
//   respond.c    header filter              -> the response's headers
//   variables.c  $corsac_...;  counters.c, status.c  what all workers counted
//
// and a policy these:
//
//   ngx_http_corsac_module.c, binding.c     directives
//   sources.c, policy.c                     files -> image, without nginx, on any thread
//   signature.c                             who may say what the policy is
//   offer.c                                 one worker's image for all of them
//   reload.c                                timers and threads of a worker
#ifndef CORSAC_NGINX_MODULE_H
#define CORSAC_NGINX_MODULE_H

#include <ngx_config.h>

#include <ngx_core.h>
#include <ngx_http.h>

#include <corsac/compile.h>
#include <corsac/engine.h>
#include <pthread.h>
#include <stdbool.h>

extern ngx_module_t ngx_http_corsac_module;

/* Kept out of the line of a request: nginx alone fills a processor's first-level code cache. */
#define CSN_RARE __attribute__((cold, noinline))

/* ---- policies --------------------------------------------------------------------------- */

enum { CSN_MAX_KEYS = 4 }; /* an old one and a new one, for two signers */

/** How the text of one policy is read; everything but `path` has a default. */
typedef struct csn_source {
    const char *path;
    uint8_t keys[CSN_MAX_KEYS][32]; /**< Ed25519 public keys; one of them must have signed */
    size_t key_count;               /**< 0: no signature is asked for */
    uint64_t min_serial;            /**< of the signature */
    bool trusted;                   /**< databases in a compiled image are used */
    bool has_compile_options;
    corsac_compile_options compile;
} csn_source;

#define CSN_MESSAGE_BYTES 1024

struct csn_shared;

/** One attempt to load a source. Owned by one thread at a time. */
typedef struct csn_load {
    const csn_source *source;
    struct csn_shared *shared;       /**< NULL: nothing is taken from or offered to other workers */
    int *offered;                    /**< this worker's memory file that stands on offer, or -1 */
    uint64_t known_fingerprint;      /**< in: what is loaded already; 0: nothing */
    uint64_t fingerprint;            /**< out: of the files as they were read */
    bool unchanged;                  /**< out: nothing was loaded, since the fingerprints agree */
    bool taken;                      /**< out: another worker had made it */
    corsac_image *image;             /**< out: NULL if unchanged or failed */
    uint32_t quarantined;            /**< out: documents left out (X-1) */
    char message[CSN_MESSAGE_BYTES]; /**< out: why it failed, or the first thing left out */
} csn_load;

/** Loads, or leaves `image` NULL and says why. No nginx call inside: runs on any thread. */
void csn_policy_load(csn_load *load);

/** Opens an image from a file; the load has its image, or the message says why not. */
bool csn_image_open(csn_load *load, int descriptor, bool trusted);

/** Reads a public key from a PEM file into the source. False with a message. */
bool csn_signature_add_key(csn_source *source, const char *path, char *message);
/** Whether the file beside the policy's holds a signature of these bytes. False with a message. */
bool csn_signature_verify(const csn_source *source, corsac_str bytes, char *message);
/** Where the signature of a policy stands; free() it. NULL: no memory. */
char *csn_signature_path(const char *path);

/* ---- what workers share ----------------------------------------------------------------- */

/**
 * The image that one worker made of the files with this fingerprint, for the others to take. The
 * first to see a change makes it, the others wait for it.
 */
typedef struct csn_offer {
    pthread_mutex_t mutex; /**< robust: a worker may die with it */
    enum { CSN_OFFER_NONE, CSN_OFFER_MAKING, CSN_OFFER_READY, CSN_OFFER_FAILED } state;
    uint64_t fingerprint;
    uint64_t since_seconds; /**< of this state */
    uint32_t attempts;      /**< processes that set out to make it, one after the other's end */
    uint64_t revision;      /**< of READY: who opens the descriptor checks what it got */
    pid_t maker;
    int descriptor; /**< of the maker: a sealed memory file */
    bool trusted;
    uint32_t quarantined;
    char message[CSN_MESSAGE_BYTES];
} csn_offer;

bool csn_offer_init(csn_offer *offer);
/** True if the load is done, with an image or a message; false if the caller is to make the image. */
bool csn_offer_take(csn_load *load);
/**
 * What became of it: the load's image, which others open from the descriptor (-1: they cannot), or
 * the load's message. Takes the descriptor over.
 */
void csn_offer_make(csn_load *load, int descriptor, bool trusted);
/** The bytes in a memory file that nobody can change, or -1. */
int csn_sealed_copy(corsac_str bytes);

/** Source texts; freed with csn_texts_free(). */
typedef struct csn_texts {
    corsac_input *items;
    size_t count, capacity;
} csn_texts;

/** Identity of all files of a path, links followed. 0 and a message if the path cannot be read. */
uint64_t csn_sources_fingerprint(const char *path, uint64_t seed, char *message);
/** Reads the file, or all policy files below the directory. False with a message. */
bool csn_sources_read(csn_texts *out, const char *path, char *message);
void csn_texts_free(csn_texts *texts);

enum { CSN_OUTCOME_COUNT = CORSAC_OUTCOME_DENIED + 1 };

/**
 * What one worker counted for one policy; in memory that all workers share. In cache lines of its own,
 * which no other worker writes to.
 */
typedef struct csn_counts {
    ngx_atomic_t outcomes[CSN_OUTCOME_COUNT]; /**< by corsac_outcome; [0]: undecided */
    ngx_atomic_t made, taken, failed;         /**< reloads; taken: from another worker */
} __attribute__((aligned(NGX_CPU_CACHE_LINE))) csn_counts;

enum { CSN_COUNT_SLOTS = 64 }; /* workers beyond share slots: adding is atomic */

/** What all workers of one configuration know of one policy. */
typedef struct csn_shared {
    csn_counts slots[CSN_COUNT_SLOTS]; /**< one for each worker */
    csn_offer offer;
} csn_shared;

/** A policy that some corsac_policy names. Made by the master, used by each worker for itself. */
typedef struct csn_policy {
    csn_source source;
    ngx_str_t name;  /**< the path, complete */
    ngx_str_t key;   /**< its other parameters but gateway and port */
    ngx_str_t label; /**< both: what tells policies apart */
    ngx_str_t file;  /**< configuration file and line, for messages */
    ngx_uint_t line;
    ngx_array_t bindings; /**< of csn_binding *: who uses it */
    corsac_engine *engine;
    bool has_image;
    bool needs_lines;     /**< some condition looks at header lines that Corsac has no field for */
    uint64_t fingerprint; /**< of the files as they were taken into use, or do not fit */
    csn_shared *shared;
    /* the worker's */
    corsac_reader *reader;
    csn_counts *counts; /**< its slot, or NULL without shared memory */
    ngx_event_t timer;
    pthread_t thread;
    bool thread_runs;
    csn_load load;
    int offered;        /**< memory file that other workers may open, or -1 */
    uint32_t complaint; /**< hash of the last message logged: each is logged once */
} csn_policy;

/** A policy seen through one gateway and port (H-29). */
typedef struct csn_binding {
    csn_policy *policy;
    ngx_str_t gateway; /**< empty: the only one */
    ngx_uint_t port;   /**< 0: the only one */
} csn_binding;

/** CORSAC_OK, or a message why requests of the binding could not be answered by the image. */
bool csn_binding_fits(const csn_binding *binding, const corsac_image *image, char *message);

/* ---- configuration ---------------------------------------------------------------------- */

enum { CSN_ON_ERROR_LAST_GOOD, CSN_ON_ERROR_DENY, CSN_ON_ERROR_PASS };

typedef struct csn_main_conf {
    ngx_array_t policies; /**< of csn_policy * */
    ngx_msec_t reload;    /**< 0: off */
    ngx_uint_t on_error;
    bool wants_route, wants_matched; /**< a variable is named somewhere */
    bool some_location_decides;      /**< some location differs from its server */
    ngx_int_t context_index;         /**< where contexts are: the slot of a variable of our own */
    ngx_shm_zone_t *zone;
} csn_main_conf;

/* Off is a decision too; where nothing is said, a location that the request comes to later decides. */
enum { CSN_OFF, CSN_ON, CSN_UNSAID };

typedef struct csn_location_conf {
    ngx_flag_t enable; /**< CSN_OFF, CSN_ON, CSN_UNSAID */
    ngx_flag_t vary, strip_denied, preflight_204;
    csn_binding *binding;
    struct csn_location_conf *parent;
    bool overridden; /**< some location below decides otherwise */
} csn_location_conf;

/** The directive corsac_policy. */
char *csn_binding_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf);

/** First load of all policies, in the master: NGX_ERROR ends the start or `nginx -t`. */
ngx_int_t csn_policies_start(ngx_conf_t *cf, csn_main_conf *main_conf);
/** Worker begins and ends. */
ngx_int_t csn_reload_start(ngx_cycle_t *cycle, csn_main_conf *main_conf);
void csn_reload_stop(csn_main_conf *main_conf);
/** Ends what runs for one policy, and its reader. */
void csn_policy_stop(csn_policy *policy);

/* ---- requests --------------------------------------------------------------------------- */

/** What was decided for a request; lives in its pool, survives internal redirects. */
typedef struct csn_context {
    uint32_t outcome;
    uint32_t set_count; /**< of `set` */
    uint32_t reason;
    uint32_t reply_status; /**< 0: the request goes on */
    bool vary, strip;
    bool off;                 /**< nothing was asked for, and nothing will be done */
    ngx_str_t route, matched; /**< only if a variable wants them */
    ngx_table_elt_t set[];    /**< as they will stand on the response */
} csn_context;

/** A request for corsac_evaluate, on the caller's stack. */
typedef struct csn_request {
    corsac_request request;
    corsac_header lines[64]; /**< more lines than these come from the request's pool */
} csn_request;

/** Fills @p out with views into @p r, those that the binding's policy needs. NGX_ERROR: no memory. */
ngx_int_t csn_request_read(ngx_http_request_t *r, const csn_binding *binding, csn_request *out);

/**
 * Where the decision of a client's request stands, NULL before there is one. A module's own context is
 * forgotten at internal redirects, the slots of variables are not, and subrequests share them.
 */
static inline const csn_context **csn_context_place(const ngx_http_request_t *r)
{
    const csn_main_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_corsac_module);
    return (const csn_context **)(void *)&r->variables[conf->context_index].data;
}

/** Decides a main request that has no decision yet. NULL: no memory. */
const csn_context *csn_context_make(ngx_http_request_t *r, const csn_location_conf *conf);

ngx_int_t csn_decide_server(ngx_http_request_t *r);   /**< phase SERVER_REWRITE */
ngx_int_t csn_decide_location(ngx_http_request_t *r); /**< phase REWRITE */
ngx_int_t csn_respond_start(ngx_conf_t *cf);          /**< hooks the header filter */
ngx_int_t csn_variables_add(ngx_conf_t *cf);
/** Gives contexts a place, and notes which variables are used. */
ngx_int_t csn_variables_note(ngx_conf_t *cf, csn_main_conf *main_conf);

/* ---- counters --------------------------------------------------------------------------- */

ngx_int_t csn_counters_zone(ngx_conf_t *cf, csn_main_conf *main_conf);
/** The configuration whose counters the next one takes over. */
void csn_counters_in_use(const csn_main_conf *main_conf);
/** This worker's slot, or NULL without shared memory. */
csn_counts *csn_counters_mine(const csn_policy *policy);
char *csn_status_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf);

#endif
