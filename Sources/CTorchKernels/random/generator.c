// The Mersenne Twister: seeding, drawing, and PyTorch's form of its state.
#include "random_kernels.h"

TORCH_LEVELS_DEFINE(torch_random_kernels, torch_random_table)

void torch_generator_seed(torch_generator *g, uint64_t seed) {
  memset(g, 0, sizeof *g);
  g->seed = seed;
  g->left = 1;
  g->state[0] = (uint32_t)seed;
  for (uint32_t j = 1; j < 624; j++) {
    g->state[j] = 1812433253u * (g->state[j - 1] ^ (g->state[j - 1] >> 30)) + j;
  }
}

void torch_generator_copy(torch_generator *to, const torch_generator *from) { memmove(to, from, sizeof *to); }

// Words that can be taken now, refilling first if there are none.
static inline int64_t available(torch_generator *g, const torch_random_kernels *kernels) {
  if (g->left == 1) {
    kernels->refill(g->state);
    g->left = 625;  // one more than PyTorch's count after a refill: its first draw has not been counted yet
    g->next = 0;
  }
  return g->left - 1;
}

void torch_generator_fill32(torch_generator *g, int64_t n, uint32_t *out) {
  const torch_random_kernels *kernels = torch_random_kernels_current();
  while (n > 0) {
    int64_t count = available(g, kernels);
    if (count > n) count = n;
    kernels->temper(g->state + g->next, count, out);
    g->next += (uint32_t)count;
    g->left -= (int32_t)count;
    out += count;
    n -= count;
  }
}

void torch_generator_fill64(torch_generator *g, int64_t n, uint64_t *out) {
  torch_generator_fill32(g, 2 * n, (uint32_t *)out);
  for (int64_t i = 0; i < n; i++) out[i] = out[i] << 32 | out[i] >> 32;
}

uint32_t torch_generator_random(torch_generator *g) {
  uint32_t word;
  torch_generator_fill32(g, 1, &word);
  return word;
}

uint64_t torch_generator_random64(torch_generator *g) {
  uint64_t high = torch_generator_random(g);
  return high << 32 | torch_generator_random(g);
}

void torch_generator_skip(torch_generator *g, int64_t n) {
  const torch_random_kernels *kernels = torch_random_kernels_current();
  while (n > 0) {
    int64_t count = available(g, kernels);
    if (count > n) count = n;
    g->next += (uint32_t)count;
    g->left -= (int32_t)count;
    n -= count;
  }
}

// PyTorch's layout, little-endian: seed at 0 (8 bytes), left 8 (4), seeded 12 (4), next 16 (8), 624 words of 8 bytes at 24,
// normal_x 5016 (8, unused), the cached double 5024 (8), normal_rho 5032 (8, unused), whether the double is valid 5040 (4),
// padding, the cached float 5048 (4), whether it is valid 5052 (1), padding.
enum {
  AT_LEFT = 8, AT_SEEDED = 12, AT_NEXT = 16, AT_WORDS = 24, AT_DOUBLE = 5024, AT_DOUBLE_VALID = 5040, AT_FLOAT = 5048,
  AT_FLOAT_VALID = 5052
};

static void put(uint8_t *bytes, uint64_t value, int count) {
  for (int i = 0; i < count; i++) bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t *bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << 8 * i;
  return value;
}

void torch_generator_store(const torch_generator *g, uint8_t *bytes) {
  memset(bytes, 0, TORCH_GENERATOR_STATE_SIZE);
  put(bytes, g->seed, 8);
  put(bytes + AT_LEFT, (uint32_t)g->left, 4);
  put(bytes + AT_SEEDED, 1, 4);
  put(bytes + AT_NEXT, g->next, 8);
  for (int i = 0; i < 624; i++) put(bytes + AT_WORDS + 8 * i, g->state[i], 8);
  if (g->has_next_double_normal) {
    uint64_t bits;
    memcpy(&bits, &g->next_double_normal, 8);
    put(bytes + AT_DOUBLE, bits, 8);
    put(bytes + AT_DOUBLE_VALID, 1, 4);
  }
  if (g->has_next_float_normal) {
    uint32_t bits;
    memcpy(&bits, &g->next_float_normal, 4);
    put(bytes + AT_FLOAT, bits, 4);
    put(bytes + AT_FLOAT_VALID, 1, 1);
  }
}

const char *torch_generator_load(torch_generator *g, const uint8_t *bytes, int64_t size) {
  if (size != TORCH_GENERATOR_STATE_SIZE) return "the state of a CPU generator has 5056 bytes";
  torch_generator loaded;
  memset(&loaded, 0, sizeof loaded);
  uint64_t left = get(bytes + AT_LEFT, 4), next = get(bytes + AT_NEXT, 8);
  if (get(bytes + AT_SEEDED, 4) != 1) return "the state does not say that the generator was seeded";
  if (left < 1 || left > 624) return "the number of draws left is not in 1...624";
  if (next > 624 || next + left - 1 > 624) return "the position of the next draw lies beyond the state";
  loaded.seed = get(bytes, 8);
  loaded.left = (int32_t)left;
  loaded.next = (uint32_t)next;
  for (int i = 0; i < 624; i++) {
    uint64_t word = get(bytes + AT_WORDS + 8 * i, 8);
    if (word >> 32) return "a word of the state exceeds 32 bits";
    loaded.state[i] = (uint32_t)word;
  }
  if (get(bytes + AT_DOUBLE_VALID, 4)) {
    uint64_t bits = get(bytes + AT_DOUBLE, 8);
    memcpy(&loaded.next_double_normal, &bits, 8);
    loaded.has_next_double_normal = true;
  }
  if (get(bytes + AT_FLOAT_VALID, 1)) {
    uint32_t bits = (uint32_t)get(bytes + AT_FLOAT, 4);
    memcpy(&loaded.next_float_normal, &bits, 4);
    loaded.has_next_float_normal = true;
  }
  *g = loaded;
  return NULL;
}
