#pragma once
#include "torch_level.h"
