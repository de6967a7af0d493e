//! Folders that are embedded whole: a new or changed page, template or sample
//! must reach the binary, and `include_dir` alone does not notice.

fn main() {
    for folder in ["controls", "samples", "templates", "data"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
