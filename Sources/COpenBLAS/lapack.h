#pragma once
#include <stddef.h>

// The LAPACK routines that OpenBLAS carries, by value: one function for the four element types, which takes plain arguments,
// column-major matrices whose leading dimension is their number of rows (at least 1), and returns LAPACK's `info`. Work space is
// the caller's; with `lwork` -1 the routine writes the best size into the first element of `work` and does nothing else.

/// Element types by LAPACK's letters: s, d, c, z.
typedef enum { TORCH_LAPACK_S, TORCH_LAPACK_D, TORCH_LAPACK_C, TORCH_LAPACK_Z } torch_lapack_type;

// gfortran passes the length of every character argument after all others.
#define TORCH_LAPACK_DECLARE(s, d, c, z, ...) \
  void s##_(__VA_ARGS__);                     \
  void d##_(__VA_ARGS__);                     \
  void c##_(__VA_ARGS__);                     \
  void z##_(__VA_ARGS__);
#define TORCH_LAPACK_CALL(s, d, c, z, ...)              \
  switch (type) {                                       \
    case TORCH_LAPACK_S: s##_(__VA_ARGS__); break;      \
    case TORCH_LAPACK_D: d##_(__VA_ARGS__); break;      \
    case TORCH_LAPACK_C: c##_(__VA_ARGS__); break;      \
    case TORCH_LAPACK_Z: z##_(__VA_ARGS__); break;      \
  }

TORCH_LAPACK_DECLARE(spotrf, dpotrf, cpotrf, zpotrf, const char *, const int *, void *, const int *, int *, size_t)
TORCH_LAPACK_DECLARE(spotri, dpotri, cpotri, zpotri, const char *, const int *, void *, const int *, int *, size_t)
TORCH_LAPACK_DECLARE(
  spotrs, dpotrs, cpotrs, zpotrs, const char *, const int *, const int *, const void *, const int *, void *, const int *, int *,
  size_t)
TORCH_LAPACK_DECLARE(sgetrf, dgetrf, cgetrf, zgetrf, const int *, const int *, void *, const int *, int *, int *)
TORCH_LAPACK_DECLARE(
  sgetrs, dgetrs, cgetrs, zgetrs, const char *, const int *, const int *, const void *, const int *, const int *, void *,
  const int *,
  int *, size_t)
TORCH_LAPACK_DECLARE(
  ssytrf, dsytrf, csytrf, zsytrf, const char *, const int *, void *, const int *, int *, void *, const int *, int *, size_t)
TORCH_LAPACK_DECLARE(
  ssytrs, dsytrs, csytrs, zsytrs, const char *, const int *, const int *, const void *, const int *, const int *, void *,
  const int *,
  int *, size_t)
void chetrf_(const char *, const int *, void *, const int *, int *, void *, const int *, int *, size_t);
void zhetrf_(const char *, const int *, void *, const int *, int *, void *, const int *, int *, size_t);
void chetrs_(
  const char *, const int *, const int *, const void *, const int *, const int *, void *, const int *, int *, size_t);
void zhetrs_(
  const char *, const int *, const int *, const void *, const int *, const int *, void *, const int *, int *, size_t);
TORCH_LAPACK_DECLARE(
  sgeqrf, dgeqrf, cgeqrf, zgeqrf, const int *, const int *, void *, const int *, void *, void *, const int *, int *)
TORCH_LAPACK_DECLARE(
  sorgqr, dorgqr, cungqr, zungqr, const int *, const int *, const int *, void *, const int *, const void *, void *, const int *,
  int *)
TORCH_LAPACK_DECLARE(
  sormqr, dormqr, cunmqr, zunmqr, const char *, const char *, const int *, const int *, const int *, const void *, const int *,
  const void *, void *, const int *, void *, const int *, int *, size_t, size_t)
void sgesdd_(
  const char *, const int *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, void *,
  const int *,
  int *, int *, size_t);
void dgesdd_(
  const char *, const int *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, void *,
  const int *,
  int *, int *, size_t);
void cgesdd_(
  const char *, const int *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, void *,
  const int *,
  void *, int *, int *, size_t);
void zgesdd_(
  const char *, const int *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, void *,
  const int *,
  void *, int *, int *, size_t);
void ssyevd_(
  const char *, const char *, const int *, void *, const int *, void *, void *, const int *, int *, const int *, int *, size_t,
  size_t);
void dsyevd_(
  const char *, const char *, const int *, void *, const int *, void *, void *, const int *, int *, const int *, int *, size_t,
  size_t);
void cheevd_(
  const char *, const char *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, int *,
  const int *,
  int *, size_t, size_t);
void zheevd_(
  const char *, const char *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, int *,
  const int *,
  int *, size_t, size_t);
void sgeev_(
  const char *, const char *, const int *, void *, const int *, void *, void *, void *, const int *, void *, const int *, void *,
  const int *, int *, size_t, size_t);
void dgeev_(
  const char *, const char *, const int *, void *, const int *, void *, void *, void *, const int *, void *, const int *, void *,
  const int *, int *, size_t, size_t);
void cgeev_(
  const char *, const char *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, void *,
  const int *,
  void *, int *, size_t, size_t);
void zgeev_(
  const char *, const char *, const int *, void *, const int *, void *, void *, const int *, void *, const int *, void *,
  const int *,
  void *, int *, size_t, size_t);
TORCH_LAPACK_DECLARE(
  sgels, dgels, cgels, zgels, const char *, const int *, const int *, const int *, void *, const int *, void *, const int *,
  void *,
  const int *, int *, size_t)
#define TORCH_LAPACK_LEAST_SQUARES_HEAD const int *, const int *, const int *, void *, const int *, void *, const int *
void sgelsy_(TORCH_LAPACK_LEAST_SQUARES_HEAD, int *, const void *, int *, void *, const int *, int *);
void dgelsy_(TORCH_LAPACK_LEAST_SQUARES_HEAD, int *, const void *, int *, void *, const int *, int *);
void cgelsy_(TORCH_LAPACK_LEAST_SQUARES_HEAD, int *, const void *, int *, void *, const int *, void *, int *);
void zgelsy_(TORCH_LAPACK_LEAST_SQUARES_HEAD, int *, const void *, int *, void *, const int *, void *, int *);
void sgelss_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, int *);
void dgelss_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, int *);
void cgelss_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, void *, int *);
void zgelss_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, void *, int *);
void sgelsd_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, int *, int *);
void dgelsd_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, int *, int *);
void cgelsd_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, void *, int *, int *);
void zgelsd_(TORCH_LAPACK_LEAST_SQUARES_HEAD, void *, const void *, int *, void *, const int *, void *, int *, int *);

static inline int torch_lapack_leading(int rows) { return rows > 1 ? rows : 1; }

/// Cholesky factor of the triangle named by `uplo`, in place.
static inline int torch_lapack_potrf(torch_lapack_type type, char uplo, int n, void *a) {
  int info = 0, lda = torch_lapack_leading(n);
  TORCH_LAPACK_CALL(spotrf, dpotrf, cpotrf, zpotrf, &uplo, &n, a, &lda, &info, 1)
  return info;
}

/// The inverse from a Cholesky factor: its `uplo` triangle, in place.
static inline int torch_lapack_potri(torch_lapack_type type, char uplo, int n, void *a) {
  int info = 0, lda = torch_lapack_leading(n);
  TORCH_LAPACK_CALL(spotri, dpotri, cpotri, zpotri, &uplo, &n, a, &lda, &info, 1)
  return info;
}

/// Solves with a Cholesky factor; `b` becomes the solution.
static inline int torch_lapack_potrs(torch_lapack_type type, char uplo, int n, int columns, const void *a, void *b) {
  int info = 0, lda = torch_lapack_leading(n);
  TORCH_LAPACK_CALL(spotrs, dpotrs, cpotrs, zpotrs, &uplo, &n, &columns, a, &lda, b, &lda, &info, 1)
  return info;
}

/// LU factors with row exchanges, in place; pivots count from 1.
static inline int torch_lapack_getrf(torch_lapack_type type, int m, int n, void *a, int *pivots) {
  int info = 0, lda = torch_lapack_leading(m);
  TORCH_LAPACK_CALL(sgetrf, dgetrf, cgetrf, zgetrf, &m, &n, a, &lda, pivots, &info)
  return info;
}

/// Solves with LU factors, for A (`N`), its transpose (`T`) or adjoint (`C`); `b` becomes the solution.
static inline int torch_lapack_getrs(
  torch_lapack_type type, char transpose, int n, int columns, const void *lu, const int *pivots, void *b) {
  int info = 0, lda = torch_lapack_leading(n);
  TORCH_LAPACK_CALL(sgetrs, dgetrs, cgetrs, zgetrs, &transpose, &n, &columns, lu, &lda, pivots, b, &lda, &info, 1)
  return info;
}

/// Bunch-Kaufman factors of a symmetric (or, if asked, Hermitian) matrix, in its lower triangle.
static inline int torch_lapack_sytrf(torch_lapack_type type, int hermitian, int n, void *a, int *pivots, void *work, int lwork) {
  int info = 0, lda = torch_lapack_leading(n);
  char uplo = 'L';
  if (hermitian && type == TORCH_LAPACK_C) {
    chetrf_(&uplo, &n, a, &lda, pivots, work, &lwork, &info, 1);
  } else if (hermitian && type == TORCH_LAPACK_Z) {
    zhetrf_(&uplo, &n, a, &lda, pivots, work, &lwork, &info, 1);
  } else {
    TORCH_LAPACK_CALL(ssytrf, dsytrf, csytrf, zsytrf, &uplo, &n, a, &lda, pivots, work, &lwork, &info, 1)
  }
  return info;
}

/// Solves with Bunch-Kaufman factors in the lower triangle; `b` becomes the solution.
static inline int torch_lapack_sytrs(
  torch_lapack_type type, int hermitian, int n, int columns, const void *ld, const int *pivots, void *b) {
  int info = 0, lda = torch_lapack_leading(n);
  char uplo = 'L';
  if (hermitian && type == TORCH_LAPACK_C) {
    chetrs_(&uplo, &n, &columns, ld, &lda, pivots, b, &lda, &info, 1);
  } else if (hermitian && type == TORCH_LAPACK_Z) {
    zhetrs_(&uplo, &n, &columns, ld, &lda, pivots, b, &lda, &info, 1);
  } else {
    TORCH_LAPACK_CALL(ssytrs, dsytrs, csytrs, zsytrs, &uplo, &n, &columns, ld, &lda, pivots, b, &lda, &info, 1)
  }
  return info;
}

/// QR factors: R on and above the diagonal, reflectors below it and in `tau`.
static inline int torch_lapack_geqrf(torch_lapack_type type, int m, int n, void *a, void *tau, void *work, int lwork) {
  int info = 0, lda = torch_lapack_leading(m);
  TORCH_LAPACK_CALL(sgeqrf, dgeqrf, cgeqrf, zgeqrf, &m, &n, a, &lda, tau, work, &lwork, &info)
  return info;
}

/// The first n columns of the product of k reflectors, in place.
static inline int torch_lapack_orgqr(
  torch_lapack_type type, int m, int n, int k, void *a, const void *tau, void *work, int lwork) {
  int info = 0, lda = torch_lapack_leading(m);
  TORCH_LAPACK_CALL(sorgqr, dorgqr, cungqr, zungqr, &m, &n, &k, a, &lda, tau, work, &lwork, &info)
  return info;
}

/// Multiplies `c` (m x n) from the left or right by the product of k reflectors, or its adjoint, in place.
static inline int torch_lapack_ormqr(
  torch_lapack_type type, int left, int adjoint, int m, int n, int k, const void *a, const void *tau, void *c, void *work,
  int lwork) {
  int info = 0, lda = torch_lapack_leading(left ? m : n), ldc = torch_lapack_leading(m);
  char side = left ? 'L' : 'R';
  char transpose = !adjoint ? 'N' : type == TORCH_LAPACK_C || type == TORCH_LAPACK_Z ? 'C' : 'T';
  TORCH_LAPACK_CALL(
    sormqr, dormqr, cunmqr, zunmqr, &side, &transpose, &m, &n, &k, a, &lda, tau, c, &ldc, work, &lwork, &info, 1, 1)
  return info;
}

/// Singular values and vectors by divide and conquer; `job` is N (values only), S (as many vectors as values) or A (all).
static inline int torch_lapack_gesdd(
  torch_lapack_type type, char job, int m, int n, void *a, void *s, void *u, void *vh, void *work, int lwork, void *rwork,
  int *iwork) {
  int info = 0, k = m < n ? m : n, lda = torch_lapack_leading(m), ldvh = torch_lapack_leading(job == 'S' ? k : n);
  switch (type) {
    case TORCH_LAPACK_S: sgesdd_(&job, &m, &n, a, &lda, s, u, &lda, vh, &ldvh, work, &lwork, iwork, &info, 1); break;
    case TORCH_LAPACK_D: dgesdd_(&job, &m, &n, a, &lda, s, u, &lda, vh, &ldvh, work, &lwork, iwork, &info, 1); break;
    case TORCH_LAPACK_C: cgesdd_(&job, &m, &n, a, &lda, s, u, &lda, vh, &ldvh, work, &lwork, rwork, iwork, &info, 1); break;
    case TORCH_LAPACK_Z: zgesdd_(&job, &m, &n, a, &lda, s, u, &lda, vh, &ldvh, work, &lwork, rwork, iwork, &info, 1); break;
  }
  return info;
}

/// Eigenvalues of a symmetric or Hermitian matrix, ascending, and with `job` V its eigenvectors in place of it.
static inline int torch_lapack_syevd(
  torch_lapack_type type, char job, char uplo, int n, void *a, void *w, void *work, int lwork, void *rwork, int lrwork,
  int *iwork,
  int liwork) {
  int info = 0, lda = torch_lapack_leading(n);
  switch (type) {
    case TORCH_LAPACK_S: ssyevd_(&job, &uplo, &n, a, &lda, w, work, &lwork, iwork, &liwork, &info, 1, 1); break;
    case TORCH_LAPACK_D: dsyevd_(&job, &uplo, &n, a, &lda, w, work, &lwork, iwork, &liwork, &info, 1, 1); break;
    case TORCH_LAPACK_C: cheevd_(&job, &uplo, &n, a, &lda, w, work, &lwork, rwork, &lrwork, iwork, &liwork, &info, 1, 1); break;
    case TORCH_LAPACK_Z: zheevd_(&job, &uplo, &n, a, &lda, w, work, &lwork, rwork, &lrwork, iwork, &liwork, &info, 1, 1); break;
  }
  return info;
}

/// Eigenvalues, and with `job` V the right eigenvectors. For real types the real and imaginary parts of the eigenvalues go to `w`
/// and `wi`, and a conjugate pair's vectors are a pair of columns of parts; for complex types `w` is complex and `rwork` has 2n
/// reals.
static inline int torch_lapack_geev(
  torch_lapack_type type, char job, int n, void *a, void *w, void *wi, void *v, void *work, int lwork, void *rwork) {
  int info = 0, lda = torch_lapack_leading(n), one = 1;
  char none = 'N';
  switch (type) {
    case TORCH_LAPACK_S: sgeev_(&none, &job, &n, a, &lda, w, wi, NULL, &one, v, &lda, work, &lwork, &info, 1, 1); break;
    case TORCH_LAPACK_D: dgeev_(&none, &job, &n, a, &lda, w, wi, NULL, &one, v, &lda, work, &lwork, &info, 1, 1); break;
    case TORCH_LAPACK_C: cgeev_(&none, &job, &n, a, &lda, w, NULL, &one, v, &lda, work, &lwork, rwork, &info, 1, 1); break;
    case TORCH_LAPACK_Z: zgeev_(&none, &job, &n, a, &lda, w, NULL, &one, v, &lda, work, &lwork, rwork, &info, 1, 1); break;
  }
  return info;
}

/// How a least-squares problem is solved.
typedef enum { TORCH_LAPACK_GELS, TORCH_LAPACK_GELSY, TORCH_LAPACK_GELSD, TORCH_LAPACK_GELSS } torch_lapack_driver;

/// Least squares for an m x n matrix; `b` has max(m, n) rows and its first n become the solution. `rcond` points to a real
/// number, `pivots` has n entries and is used by gelsy alone, which wants them 0. `s` gets the singular values, from gelsd and
/// gelss.
static inline int torch_lapack_least_squares(
  torch_lapack_type type, torch_lapack_driver driver, int m, int n, int columns, void *a, void *b, void *s, const void *rcond,
  int *rank, int *pivots, void *work, int lwork, void *rwork, int *iwork) {
  int info = 0, lda = torch_lapack_leading(m), ldb = torch_lapack_leading(m > n ? m : n);
  char none = 'N';
#define TORCH_LAPACK_HEAD &m, &n, &columns, a, &lda, b, &ldb
  switch (driver) {
    case TORCH_LAPACK_GELS:
      TORCH_LAPACK_CALL(sgels, dgels, cgels, zgels, &none, TORCH_LAPACK_HEAD, work, &lwork, &info, 1)
      break;
    case TORCH_LAPACK_GELSY:
      switch (type) {
        case TORCH_LAPACK_S: sgelsy_(TORCH_LAPACK_HEAD, pivots, rcond, rank, work, &lwork, &info); break;
        case TORCH_LAPACK_D: dgelsy_(TORCH_LAPACK_HEAD, pivots, rcond, rank, work, &lwork, &info); break;
        case TORCH_LAPACK_C: cgelsy_(TORCH_LAPACK_HEAD, pivots, rcond, rank, work, &lwork, rwork, &info); break;
        case TORCH_LAPACK_Z: zgelsy_(TORCH_LAPACK_HEAD, pivots, rcond, rank, work, &lwork, rwork, &info); break;
      }
      break;
    case TORCH_LAPACK_GELSD:
      switch (type) {
        case TORCH_LAPACK_S: sgelsd_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, iwork, &info); break;
        case TORCH_LAPACK_D: dgelsd_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, iwork, &info); break;
        case TORCH_LAPACK_C: cgelsd_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, rwork, iwork, &info); break;
        case TORCH_LAPACK_Z: zgelsd_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, rwork, iwork, &info); break;
      }
      break;
    case TORCH_LAPACK_GELSS:
      switch (type) {
        case TORCH_LAPACK_S: sgelss_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, &info); break;
        case TORCH_LAPACK_D: dgelss_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, &info); break;
        case TORCH_LAPACK_C: cgelss_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, rwork, &info); break;
        case TORCH_LAPACK_Z: zgelss_(TORCH_LAPACK_HEAD, s, rcond, rank, work, &lwork, rwork, &info); break;
      }
      break;
  }
#undef TORCH_LAPACK_HEAD
  return info;
}

#undef TORCH_LAPACK_CALL
#undef TORCH_LAPACK_DECLARE
#undef TORCH_LAPACK_LEAST_SQUARES_HEAD
