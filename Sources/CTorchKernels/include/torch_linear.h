#pragma once
#include "torch_dtype.h"

// Products of integer matrices and distances between rows. The caller splits rows of the result among threads; nothing here
// depends on where it cuts.

// Rows first_row ..< last_row of c = a b, for n columns and an inner size of k, modulo the range of the integer type. Steps are in
// elements; rows of b and c are contiguous. Returns false for a type that is no integer type.
bool torch_integer_product(
    int dtype, int64_t first_row, int64_t last_row, int64_t k, int64_t n, const void *_Nonnull a, int64_t a_row_step,
    int64_t a_column_step, const void *_Nonnull b, int64_t b_row_step, void *_Nonnull c, int64_t c_row_step);

// out[i, j] = p-norm of x[i] - y[j] for rows of m contiguous F32 or F64 elements; i runs over first ..< last, j over count. out has
// rows of `count`. p >= 0, infinity included; 0 counts the elements that differ. False for another type.
bool torch_distances(
    int dtype, double p, int64_t first, int64_t last, int64_t count, int64_t m, const void *_Nonnull x, const void *_Nonnull y,
    void *_Nonnull out);
// out[i] = sum over j of grad[i, j] times the derivative of distance[i, j] by x[i].
bool torch_distances_backward(
    int dtype, double p, int64_t first, int64_t last, int64_t count, int64_t m, const void *_Nonnull x, const void *_Nonnull y,
    const void *_Nonnull grad, const void *_Nonnull distance, void *_Nonnull out);
