//! The `auditpack` program: see [`auditpack::cli`].

fn main() -> auditpack::cli::Exit {
    auditpack::cli::main()
}
