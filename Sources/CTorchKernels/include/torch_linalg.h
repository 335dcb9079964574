// What turns LAPACK's results into PyTorch's.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Row exchanges (counted from 1, `k` for each of `count` matrices) into permutations of `rows` rows: `out[i]` is the row of A
/// that comes i-th. Returns -1, or the position of the first exchange that is out of range.
int64_t torch_linalg_permutation(const int32_t *pivots, int64_t k, int64_t count, int64_t rows, int64_t *out);

/// Whether Bunch-Kaufman pivots (lower triangle, n of them) are such as LAPACK makes: rows from 1 to n, negative ones in equal
/// pairs. Returns -1, or the position of the first that is not.
int64_t torch_linalg_check_bunch_kaufman(const int32_t *pivots, int64_t n);

/// Eigenvalues of a real matrix, given as real and imaginary parts, as complex numbers.
void torch_linalg_join_values_f32(const float *re, const float *im, int64_t n, float *out);
void torch_linalg_join_values_f64(const double *re, const double *im, int64_t n, double *out);

/// Eigenvectors of a real n x n matrix, as LAPACK packs them (a conjugate pair takes two columns: real and imaginary parts), as
/// complex columns. `im` holds the imaginary parts of the eigenvalues.
void torch_linalg_unpack_vectors_f32(const float *packed, const float *im, int64_t n, float *out);
void torch_linalg_unpack_vectors_f64(const double *packed, const double *im, int64_t n, double *out);
