//! The `auditpack` program: see [`auditpack::cli`].

/// Typesetting a large account holds a fifth less memory with it than with the usual allocator, for less CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> auditpack::cli::Exit {
    auditpack::cli::main()
}
