// The few things Swift cannot say: a thread-local word, the OpenMP entry points, memory advice.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

// ---- per-thread state -------------------------------------------------------------------------------------------------
// One word that is zero in the common case (gradients recorded, no mode active, no error scope), so that an op call pays a
// single test. The bits are named in TorchCore/Dispatch/ThreadState.swift.

extern __thread uint64_t torch_thread_word;
extern __thread void *torch_thread_object;

static inline uint64_t torch_state_word(void) { return torch_thread_word; }
static inline void torch_state_set_word(uint64_t word) { torch_thread_word = word; }
// An unmanaged reference to the thread's mode and error-scope stacks; NULL until first used.
static inline void *_Nullable torch_state_object(void) { return torch_thread_object; }
static inline void torch_state_set_object(void *_Nullable object) { torch_thread_object = object; }

// How deep the release of a graph has recursed on this thread.
extern __thread int32_t torch_thread_teardown_depth;
static inline int32_t torch_teardown_depth(void) { return torch_thread_teardown_depth; }
static inline void torch_teardown_enter(void) { torch_thread_teardown_depth++; }
static inline int32_t torch_teardown_leave(void) { return --torch_thread_teardown_depth; }

// ---- the OpenMP pool --------------------------------------------------------------------------------------------------
// libgomp's entry points, called directly: our loops, oneDNN's and OpenBLAS's run on one pool of threads.

typedef void (*torch_parallel_body)(void *_Nonnull context);
void torch_parallel(torch_parallel_body _Nonnull body, void *_Nonnull context, int threads);
int torch_thread_index(void);
int torch_team_size(void);
bool torch_in_parallel(void);
void torch_set_thread_count(int count);
int torch_max_threads(void);
// Number of processors this process may run on (respects the affinity mask).
int torch_processor_count(void);

// ---- memory -----------------------------------------------------------------------------------------------------------
// Anonymous memory, aligned to 2 MiB and backed by huge pages where the kernel grants them; NULL when there is none.
void *_Nullable torch_map_huge(size_t bytes);
void torch_unmap(void *_Nonnull pointer, size_t bytes);

// ---- the stack --------------------------------------------------------------------------------------------------------
// How many of the calling frames, at most `limit`, can be followed by their frame pointers without leaving the thread's stack: code
// that was compiled without frame pointers ends the chain anywhere.
int torch_frame_depth(int limit);
