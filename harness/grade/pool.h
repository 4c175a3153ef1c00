/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - runs jobs in worker processes, some at a time. A job that crashes
 * costs its own result only, and a killed grader takes its workers along.
 */
#ifndef MMAPLAB_POOL_H
#define MMAPLAB_POOL_H

#include <jansson.h>

struct pool;

/** a job: runs in a worker process, returns its result (ownership passes) */
typedef json_t *(*pool_job)(void *arg);
/**
 * its end: runs in the grader's process and may add jobs
 * @result: owned by the callee; NULL when the worker died or said nothing,
 *	with @why a sentence about it
 */
typedef void (*pool_done)(void *arg, json_t *result, const char *why);
/** a part of its result: in the grader's process, as soon as the job tells it */
typedef void (*pool_told)(void *arg, json_t *part);

/**
 * pool_new() - @workers: how many jobs run at once; 0 runs them one after
 * another in the calling process itself, which a crash then ends
 */
struct pool *pool_new(int workers);
/** pool_listen() - @told hears what the jobs tell; @part is owned by it */
void pool_listen(struct pool *p, pool_told told);
/** pool_tell() - in a worker process, where the grader listens: a part of the job's
 * result, before its end; ownership passes */
void pool_tell(json_t *part);
/** pool_tick() - while it waits for its workers, @tick is called each @ms, not exactly */
void pool_tick(struct pool *p, int ms, void (*tick)(void *arg), void *arg);
/**
 * pool_batch() - its workers take longer turns at a processor (SCHED_BATCH, sched(7)):
 * machines that push each other off it too often find their caches empty each time
 */
void pool_batch(struct pool *p);
/** pool_add() - queue a job; jobs start in the order they were added */
void pool_add(struct pool *p, pool_job job, pool_done done, void *arg);
/** pool_run() - until no job is left */
void pool_run(struct pool *p);
/** pool_stop() - start no more of what is queued: each such job ends without a
 * result; those under way come to their end */
void pool_stop(struct pool *p);
void pool_free(struct pool *p);

#endif
