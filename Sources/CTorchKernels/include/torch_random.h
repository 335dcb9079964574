#pragma once
#include "torch_level.h"

// Random numbers as PyTorch's CPU generator draws them: the same seed gives the same integers, and the same distributions from
// them. A stream is serial: every torch_random_* call advances the generator, so that one caller at a time may use a
// generator, and the order of calls is part of the result. Cutting one call into consecutive smaller ones gives the same
// elements (except torch_random_normal on contiguous tensors, torch_random_permutation and torch_random_multinomial). Where
// the work after drawing is heavy (normal, dropout), the serial part can be done alone and the rest split among threads in any
// way.

// A 32-bit Mersenne Twister and the half of a Box-Muller pair that has not been handed out. Copy with torch_generator_copy.
typedef struct {
  uint64_t seed;
  int32_t left;   // draws until the next refill, counted as PyTorch counts: 1 means refill now
  uint32_t next;  // position of the next word in state
  double next_double_normal;
  float next_float_normal;
  bool has_next_double_normal, has_next_float_normal;
  uint32_t state[624];
} torch_generator;

// Bytes in PyTorch's form of the state (torch.get_rng_state()).
enum { TORCH_GENERATOR_STATE_SIZE = 5056 };

void torch_generator_seed(torch_generator *_Nonnull g, uint64_t seed);
void torch_generator_copy(torch_generator *_Nonnull to, const torch_generator *_Nonnull from);
// 32 and 64 random bits. The 64 bits are two draws, high word first.
uint32_t torch_generator_random(torch_generator *_Nonnull g);
uint64_t torch_generator_random64(torch_generator *_Nonnull g);
// n draws at once; equal to n single calls.
void torch_generator_fill32(torch_generator *_Nonnull g, int64_t n, uint32_t *_Nonnull out);
void torch_generator_fill64(torch_generator *_Nonnull g, int64_t n, uint64_t *_Nonnull out);
// Advances by n 32-bit draws.
void torch_generator_skip(torch_generator *_Nonnull g, int64_t n);
// Writes TORCH_GENERATOR_STATE_SIZE bytes.
void torch_generator_store(const torch_generator *_Nonnull g, uint8_t *_Nonnull bytes);
// Reads what torch_generator_store or torch.get_rng_state() wrote. Returns NULL, or a sentence on what is wrong with the
// bytes, in which case g is unchanged.
const char *_Nullable torch_generator_load(torch_generator *_Nonnull g, const uint8_t *_Nonnull bytes, int64_t size);

// tensor.uniform_(from, to): n contiguous elements of F16, BF16, F32 or F64. Returns false for another dtype. F64 takes two
// draws an element, the others one.
bool torch_random_uniform(
    torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double from, double to);

// tensor.normal_(mean, std) on n elements of F16, BF16, F32 or F64; false for another dtype. PyTorch draws contiguous tensors
// of 16 or more elements in blocks and all others one by one (with the cached second half of each pair), with different
// results: `contiguous` says what the tensor was (the memory at out is contiguous in either case).
bool torch_random_normal(
    torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double mean, double std, bool contiguous);
// The same for contiguous F32 and F64 tensors of n >= 16, in parts: 1. torch_random_uniform(g, dtype, n, out, 0, 1), alone; 2.
// torch_random_normal_blocks for ranges of [0, n / 16) from any threads; 3. if n is not a multiple of 16,
// torch_random_normal_tail, alone.
bool torch_random_normal_blocks(
    int dtype, int64_t begin_block, int64_t end_block, void *_Nonnull out, double mean, double std);
bool torch_random_normal_tail(
    torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double mean, double std);

// tensor.random_(from, to): out[i] = from + draw % range, range = to - from (0 means all 64 bits as they are, whatever
// `from`), for every real dtype; false for another dtype. The caller has checked that the range fits the dtype. Ranges of 2^28
// and more take two draws.
bool torch_random_integers(
    torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, int64_t from, uint64_t range);
// tensor.random_(): 0 ... the largest value of the dtype (2^mantissa for floating-point ones, 0 or 1 for bool).
bool torch_random_integers_full(torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out);
// torch.randperm(n): a permutation of 0 ..< n as int64.
void torch_random_permutation(torch_generator *_Nonnull g, int64_t n, int64_t *_Nonnull out);

// torch.bernoulli(p) with a tensor of probabilities (F16, BF16, F32: one draw an element; F64: two): out[i] = 1 with probability
// p[i]. Returns the first position whose p is not in 0...1 (nothing is drawn then), or -1; -2 for another dtype.
int64_t torch_random_bernoulli_tensor(
    torch_generator *_Nonnull g, int p_dtype, int64_t n, const void *_Nonnull p, uint8_t *_Nonnull out);

// One-by-one distributions over F16, BF16, F32, F64: computed in double from 53-bit uniform draws, then rounded. false for
// another dtype.
bool torch_random_cauchy(
    torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double median, double sigma);
bool torch_random_log_normal(
    torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double mean, double std);
// Every real dtype except bool.
bool torch_random_geometric(torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double p);

// tensor.exponential_(lambda).
bool torch_random_exponential(torch_generator *_Nonnull g, int dtype, int64_t n, void *_Nonnull out, double lambda);

// tensor.bernoulli_(p) with one probability: out[i] = 1 with probability p, two draws an element whatever the tensor's dtype.
void torch_random_bernoulli(torch_generator *_Nonnull g, int64_t n, double p, uint8_t *_Nonnull out);

// torch.poisson: numbers of events of the given rates (F16, BF16, F32, F64). Returns the first position whose rate is negative or
// NaN (nothing is drawn then), or -1; -2 for another dtype.
int64_t torch_random_poisson(
    torch_generator *_Nonnull g, int dtype, int64_t n, const void *_Nonnull rates, void *_Nonnull out);
// torch.binomial: numbers of successes in `counts` trials (F32, F64); false for another dtype.
bool torch_random_binomial(
    torch_generator *_Nonnull g, int dtype, int64_t n, const void *_Nonnull counts, const void *_Nonnull probabilities,
    void *_Nonnull out);

// Dropout: mask = bernoulli(keep), y[i] = x[i] * (mask[i] ? scale : 0), with scale rounded to the dtype, as PyTorch's
// input * (noise / keep). F16, BF16, F32, F64; false for another dtype. y may be x; mask may be NULL. To split the work: draw the
// mask alone (torch_random_bernoulli), then torch_dropout_apply on ranges.
bool torch_dropout(
    torch_generator *_Nonnull g, int dtype, int64_t n, double keep, double scale, const void *_Nonnull x, void *_Nonnull y,
    uint8_t *_Nullable mask);
// y[i] = x[i] * (mask[i] ? scale : 0): the backward of dropout, and its forward from a given mask.
bool torch_dropout_apply(
    int dtype, int64_t n, double scale, const void *_Nonnull x, const uint8_t *_Nonnull mask, void *_Nonnull y);

// torch.multinomial with replacement from one row of F32 or F64 weights: `samples` category numbers. scratch holds `categories`
// elements of the dtype. Returns NULL, or what is wrong with the weights, in which case nothing is drawn.
const char *_Nullable torch_random_multinomial(
    torch_generator *_Nonnull g, int dtype, int64_t categories, const void *_Nonnull weights, int64_t samples,
    int64_t *_Nonnull out, void *_Nonnull scratch);
// Without replacement, and whenever one sample is asked for, PyTorch takes the largest of weight / noise, noise being
// exponential_(1) of the weights' shape and dtype: the caller composes it from torch_random_exponential, a division and
// torch_topk.
