#pragma once
#include "torch_level.h"

// A function whose value takes a series, a recurrence or a table: one scalar implementation in double precision, which the vector
// kernels apply lane by lane.
typedef struct {
  const char *_Nonnull name;
  int32_t inputs;
  double (*_Nullable one)(double);
  double (*_Nullable two)(double, double);
} torch_special_function;

// The function by name, or NULL.
const torch_special_function *_Nullable torch_special_find(const char *_Nonnull name);
