"""PyTorch's side of the benchmarks (see server.py): eager, or with --compile the models alone, through torch.compile."""

import sys
import warnings

import torch

import rows
import server

# Such as that sparse matrices are new.
warnings.filterwarnings("ignore")
compiled = "--compile" in sys.argv[1:]
if compiled:
    import torch._inductor.config

    torch._inductor.config.freezing = True
server.Server(rows.model_rows(compiled=True) if compiled else rows.ROWS, torch.set_num_threads, rows.accuracy).run()
