// Releases the names bound by bind_*.h.
#undef V
#undef M
#undef T
#undef IV
#undef UV
#undef IT
#undef UT
#undef LANES
#undef TYPE_IS_F32
#undef TYPE_IS_F64
#undef FN
#undef REAL
#undef K
#undef P
#undef PARAMETER
