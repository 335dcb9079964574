#define _GNU_SOURCE
#include "CTorchShims.h"
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

__thread uint64_t torch_thread_word = 0;
__thread void *torch_thread_object = 0;
__thread int32_t torch_thread_teardown_depth = 0;

// Declared here rather than through <omp.h>, which clang does not ship next to libgomp.
extern void GOMP_parallel(void (*fn)(void *), void *data, unsigned num_threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_in_parallel(void);
extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);

void torch_parallel(torch_parallel_body body, void *context, int threads) {
  GOMP_parallel(body, context, (unsigned)threads, 0);
}
int torch_thread_index(void) { return omp_get_thread_num(); }
int torch_team_size(void) { return omp_get_num_threads(); }
bool torch_in_parallel(void) { return omp_in_parallel() != 0; }
void torch_set_thread_count(int count) { omp_set_num_threads(count); }
int torch_max_threads(void) { return omp_get_max_threads(); }

int torch_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

void *torch_map_huge(size_t bytes) {
  const size_t huge = (size_t)2 << 20;
  char *raw = mmap(0, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return 0;
  char *start = (char *)(((uintptr_t)raw + huge - 1) & ~(uintptr_t)(huge - 1));
  if (start > raw) munmap(raw, (size_t)(start - raw));
  char *end = raw + bytes + huge;
  if (end > start + bytes) {
    uintptr_t page_end = ((uintptr_t)start + bytes + 4095) & ~(uintptr_t)4095;
    if ((uintptr_t)end > page_end) munmap((void *)page_end, (uintptr_t)end - page_end);
  }
  madvise(start, bytes, MADV_HUGEPAGE);
  return start;
}
void torch_unmap(void *pointer, size_t bytes) { munmap(pointer, (bytes + 4095) & ~(size_t)4095); }

static __thread uintptr_t stack_begin = 0, stack_end = 0;

__attribute__((noinline)) int torch_frame_depth(int limit) {
  if (stack_end == 0) {
    pthread_attr_t attributes;
    void *address = 0;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_destroy(&attributes);
    stack_begin = (uintptr_t)address;
    stack_end = (uintptr_t)address + size;
  }
  uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
  int depth = 0;
  while (depth < limit && frame >= stack_begin && frame + 2 * sizeof(uintptr_t) <= stack_end && frame % sizeof(uintptr_t) == 0) {
    const uintptr_t next = *(const uintptr_t *)frame;
    depth++;
    if (next <= frame) break;
    frame = next;
  }
  return depth;
}
