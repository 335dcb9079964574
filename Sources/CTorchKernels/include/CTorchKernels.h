// The CPU's hot loops. Every kernel is compiled once per instruction-set level and chosen once at run time; none keeps state or
// allocates; the caller splits work among threads.
#pragma once
#include "torch_dtype.h"
#include "torch_level.h"
#include "torch_pointwise.h"
#include "torch_copy.h"
#include "torch_reduce.h"
#include "torch_nn.h"
#include "torch_index.h"
#include "torch_random.h"
#include "torch_optim.h"
#include "torch_fft.h"
#include "torch_sparse.h"
