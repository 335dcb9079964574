/// Linear algebra on matrices and batches of them. `torch.linalg`.
///
/// A batch is a tensor whose last two dimensions are the matrices' rows and columns; the leading ones are carried through.
public enum Linalg {}
