//! The `auditpack` program: see `cli`.

/// Typesetting a large account holds a fifth less memory with it than with the usual allocator, for less CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> auditpack::Exit {
    auditpack::main()
}
