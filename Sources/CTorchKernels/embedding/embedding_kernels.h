// The kernels of bags of embeddings at every level.
#pragma once
#include "../level/level.h"
#include "torch_embedding.h"

typedef struct { const torch_embedding_kernels *f32, *f64; } torch_embedding_table;
TORCH_LEVELS_DECLARE(torch_embedding_table, torch_embedding_at)
