// Closes the level opened by baseline.h, avx2.h or avx512.h.
#ifdef TORCH_LEVEL_SUFFIX
#if TORCH_VECTOR_BYTES > 16
#pragma clang attribute pop
#endif
#undef TORCH_LEVEL_SUFFIX
#undef TORCH_LEVEL_INDEX
#undef TORCH_VECTOR_BYTES
#undef TORCH_FMA
#endif
