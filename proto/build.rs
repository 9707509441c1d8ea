//! Compiles the contract without `protoc`, writes a redacting `Debug` for every message with a secret field, and lists the
//! methods.
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use protox::prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, OneofDescriptor};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let root = Path::new("proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();

    // The compiler drops nothing: comments become the documentation of the generated code.
    let mut compiler = protox::Compiler::new([root])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(&files)?;
    let pool = compiler.descriptor_pool();
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells a build script its folder in the environment"
    )]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("groundwire.fds"), compiler.encode_file_descriptor_set())?;

    fs::write(out.join("groundwire.methods.rs"), list_of_methods(&pool))?;
    let secret = messages_with_secrets(&pool);
    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    prost.skip_debug(
        secret
            .iter()
            .map(|message| format!(".{}", message.full_name()))
            .collect::<Vec<_>>(),
    );
    tonic_prost_build::configure()
        .build_transport(true)
        .compile_fds_with_config(compiler.file_descriptor_set(), prost)?;

    let packages: BTreeSet<String> = secret
        .iter()
        .map(|message| message.package_name().to_owned())
        .collect();
    for package in packages {
        let of_package = secret.iter().filter(|message| message.package_name() == package);
        let text: String = of_package.map(redacting_debug).collect();
        fs::write(out.join(format!("{package}.debug.rs")), text)?;
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// Every method of the contract by name, in order.
fn list_of_methods(pool: &DescriptorPool) -> String {
    let methods: BTreeSet<String> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| format!("{}/{}", method.parent_service().full_name(), method.name()))
        .collect();
    let mut text = "/// Every method of the contract, as `package.Service/Method`.\n".to_owned();
    text.push_str("pub const ALL: &[&str] = &[\n");
    for method in methods {
        let _ = writeln!(text, "    \"{method}\",");
    }
    text + "];\n"
}

/// proto3's `optional` is a oneof on paper only.
fn in_real_oneof(field: &FieldDescriptor) -> bool {
    field
        .containing_oneof()
        .is_some_and(|oneof| !oneof.is_synthetic())
}

fn messages_with_secrets(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    pool.all_messages()
        .filter(|message| message.fields().any(|field| is_secret(&field)))
        .collect()
}

/// `debug_redact` is field 16 of `google.protobuf.FieldOptions`.
fn is_secret(field: &FieldDescriptor) -> bool {
    field
        .options()
        .get_field_by_name("debug_redact")
        .is_some_and(|value| value.as_bool() == Some(true))
}

/// A `Debug` that names every field and shows all but the secret ones. Oneofs hold messages, whose own `Debug` redacts;
/// a secret inside a oneof itself would need an enum of its own and is refused.
fn redacting_debug(message: &MessageDescriptor) -> String {
    let mut text = String::new();
    let name = message.name();
    let _ = writeln!(text, "impl ::core::fmt::Debug for {name} {{");
    let _ = writeln!(
        text,
        "    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{"
    );
    let _ = writeln!(text, "        f.debug_struct(\"{name}\")");
    for field in message.fields().filter(|field| !in_real_oneof(field)) {
        let field_name = field.name();
        if is_secret(&field) {
            let _ = writeln!(text, "            .field(\"{field_name}\", &\"[redacted]\")");
        } else {
            let _ = writeln!(text, "            .field(\"{field_name}\", &self.{field_name})");
        }
    }
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let oneof_name = oneof.name();
        assert!(
            !oneof.fields().any(|field| is_secret(&field)),
            "{}: a secret may not stand in a oneof",
            oneof.full_name()
        );
        let _ = writeln!(text, "            .field(\"{oneof_name}\", &self.{oneof_name})");
    }
    let _ = writeln!(text, "            .finish()\n    }}\n}}");
    message
        .oneofs()
        .filter(|oneof| !oneof.is_synthetic())
        .for_each(|oneof| text.push_str(&oneof_debug(message, &oneof)));
    text
}

/// prost leaves out the derived `Debug` of a message's oneofs together with the message's own.
fn oneof_debug(message: &MessageDescriptor, oneof: &OneofDescriptor) -> String {
    let name = format!("{}::{}", snake_case(message.name()), camel_case(oneof.name()));
    let mut text = String::new();
    let _ = writeln!(text, "impl ::core::fmt::Debug for {name} {{");
    let _ = writeln!(
        text,
        "    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{"
    );
    let _ = writeln!(text, "        match self {{");
    for field in oneof.fields() {
        let variant = camel_case(field.name());
        let _ = writeln!(
            text,
            "            Self::{variant}(v) => f.debug_tuple(\"{variant}\").field(v).finish(),"
        );
    }
    let _ = writeln!(text, "        }}\n    }}\n}}");
    text
}

/// `ChangePasswordRequest` → `change_password_request`, as prost names modules.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `new_password` → `NewPassword`, as prost names variants.
fn camel_case(name: &str) -> String {
    let parts = name.split('_').filter(|part| !part.is_empty());
    parts
        .map(|part| part[..1].to_ascii_uppercase() + &part[1..])
        .collect()
}
