//! Turns the proto files into Rust, without a protoc on the machine.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let files = ["proto/gopro/v1/user.proto", "proto/gopro/v1/course.proto"];
    for file in files {
        println!("cargo::rerun-if-changed={file}");
    }
    let described = protox::compile(files, ["proto"])?;
    tonic_prost_build::configure().compile_fds(described)?;
    Ok(())
}
