//! Reads a crate as its compiler does: which file is which module, and which file takes names from which other.
//!
//! A file takes from another what its `use` declarations and its `crate::`, `super::` and `self::` paths name. A name
//! that is re-exported on the way counts for the file that defines it. What does not count: `mod` declarations, a
//! re-export itself (`pub use`), and whatever is compiled for tests only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// A module's path from the crate's root: `["operations", "account"]`.
type ModulePath = Vec<String>;

/// A crate, file by file.
pub(super) struct Crate {
    /// By module path. An inline module belongs to the file around it.
    files: BTreeMap<ModulePath, File>,
}

struct File {
    path: PathBuf,
    /// Names that the file defines at its top.
    definitions: BTreeSet<String>,
    /// Names that it brings in, and what they stand for.
    imports: BTreeMap<String, ModulePath>,
    /// Modules of which it re-exports everything.
    globs: Vec<ModulePath>,
    /// Whole paths that it takes (from the crate's root).
    takes: BTreeSet<ModulePath>,
    /// Whole paths that it hands on (from the crate's root).
    re_exports: BTreeSet<ModulePath>,
    /// Paths that lead to another crate, as written; among them names that need no declaration (`Self::new`).
    foreign: BTreeSet<ModulePath>,
}

/// One file takes something from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Arrow {
    /// The file that takes, relative to the crate's `src`.
    pub(super) from: PathBuf,
    /// The file that defines.
    pub(super) to: PathBuf,
    /// What is taken.
    pub(super) name: String,
}

/// A file takes or re-exports something of a room: a module at the crate's root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct RoomArrow {
    /// The file that takes, relative to the crate's `src`.
    pub(super) from: PathBuf,
    /// The room that is named, or that what is named comes from.
    pub(super) to: String,
    /// What is taken.
    pub(super) name: String,
}

impl Crate {
    /// Reads all modules that are reachable from `src/lib.rs` or, where there is none, `src/main.rs`.
    pub(super) fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        let entry = ["lib.rs", "main.rs"]
            .iter()
            .map(|name| src.join(name))
            .find(|path| path.exists())
            .unwrap_or_else(|| panic!("{} has neither lib.rs nor main.rs", src.display()));
        read_file(&entry, Vec::new(), src, &mut files);
        Self { files }
    }

    /// Every arrow between two files of the crate.
    pub(super) fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for file in self.files.values() {
            for taken in &file.takes {
                let Some(to) = self.definer(taken, 0) else {
                    continue;
                };
                if to.path != file.path {
                    arrows.insert(Arrow {
                        from: file.path.clone(),
                        to: to.path.clone(),
                        name: taken.join("::"),
                    });
                }
            }
        }
        arrows
    }

    /// Every arrow from a file into another room.
    pub(super) fn room_arrows(&self) -> BTreeSet<RoomArrow> {
        let mut arrows = BTreeSet::new();
        for file in self.files.values() {
            for taken in file.takes.iter().chain(&file.re_exports) {
                let named = taken
                    .first()
                    .filter(|room| self.files.contains_key(&vec![(*room).clone()]))
                    .cloned();
                let defining = self.definer(taken, 0).map(|file| room_of(&file.path));
                for to in named.into_iter().chain(defining) {
                    if to != room_of(&file.path) {
                        arrows.insert(RoomArrow {
                            from: file.path.clone(),
                            to,
                            name: taken.join("::"),
                        });
                    }
                }
            }
        }
        arrows
    }

    /// Every path to another crate, with the file that names it.
    pub(super) fn foreign_paths(&self) -> impl Iterator<Item = (&Path, &[String])> {
        let files = self.files.values();
        files.flat_map(|file| {
            let paths = file.foreign.iter();
            paths.map(|path| (file.path.as_path(), path.as_slice()))
        })
    }

    /// The file that defines what a path names: follows modules first, then re-exports.
    fn definer(&self, path: &[String], depth: usize) -> Option<&File> {
        // A re-export of a re-export ends somewhere; names of other crates end nowhere.
        if depth > 16 {
            return None;
        }
        let mut module = Vec::new();
        let mut rest = path;
        while let Some((next, others)) = rest.split_first() {
            let mut child = module.clone();
            child.push(next.clone());
            if !self.files.contains_key(&child) {
                break;
            }
            module = child;
            rest = others;
        }
        let file = self.files.get(&module)?;
        let Some(name) = rest.first() else {
            return Some(file);
        };
        if file.definitions.contains(name) {
            return Some(file);
        }
        if let Some(target) = file.imports.get(name) {
            return self.definer(target, depth + 1);
        }
        file.globs.iter().find_map(|glob| {
            let mut target = glob.clone();
            target.push(name.clone());
            self.definer(&target, depth + 1)
                .filter(|found| found.definitions.contains(name))
        })
    }
}

/// The room that a file is in: the folder or file below the crate's `src`.
pub(super) fn room_of(path: &Path) -> String {
    let first = path.components().next().map(|first| Path::new(first.as_os_str()));
    first
        .and_then(Path::file_stem)
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Groups of files that take from each other in a loop, each with its arrows, smallest first.
pub(super) fn circles(arrows: &BTreeSet<Arrow>) -> Vec<(BTreeSet<PathBuf>, Vec<Arrow>)> {
    let mut reach: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = BTreeMap::new();
    for arrow in arrows {
        reach.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reachable = |start: &PathBuf| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&PathBuf> = reach.get(start).into_iter().flatten().copied().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(reach.get(next).into_iter().flatten().copied());
            }
        }
        seen
    };
    let reached: BTreeMap<&PathBuf, BTreeSet<PathBuf>> =
        reach.keys().map(|file| (*file, reachable(file))).collect();
    let mut groups = BTreeSet::new();
    for (file, from_file) in &reached {
        let group: BTreeSet<PathBuf> = from_file
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(*file)))
            .cloned()
            .collect();
        if group.len() > 1 {
            groups.insert(group);
        }
    }
    let mut found: Vec<_> = groups
        .into_iter()
        .map(|group| {
            let within = arrows
                .iter()
                .filter(|arrow| group.contains(&arrow.from) && group.contains(&arrow.to))
                .cloned()
                .collect();
            (group, within)
        })
        .collect();
    found.sort_by_key(|(group, _)| group.len());
    found
}

fn read_file(path: &Path, module: ModulePath, src: &Path, files: &mut BTreeMap<ModulePath, File>) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reading = Reading {
        module: module.clone(),
        file: File {
            path: path.strip_prefix(src).unwrap_or(path).to_owned(),
            definitions: BTreeSet::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            takes: BTreeSet::new(),
            re_exports: BTreeSet::new(),
            foreign: BTreeSet::new(),
        },
        children: Vec::new(),
    };
    reading.visit_file(&parsed);
    let Reading { file, children, .. } = reading;
    files.insert(module.clone(), file);
    let folder = folder_of_children(path);
    for child in children {
        let mut child_module = module.clone();
        child_module.push(child.name.clone());
        let candidates = match child.path {
            Some(named) => vec![path.with_file_name(named)],
            None => vec![
                folder.join(format!("{}.rs", child.name)),
                folder.join(&child.name).join("mod.rs"),
            ],
        };
        let found = candidates.into_iter().find(|candidate| candidate.exists());
        let found = found.unwrap_or_else(|| panic!("{}: no file of mod {}", path.display(), child.name));
        read_file(&found, child_module, src, files);
    }
}

/// Where the files of a file's `mod` declarations are.
fn folder_of_children(path: &Path) -> PathBuf {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    if ["lib", "main", "mod"].contains(&stem) {
        path.with_file_name("")
    } else {
        path.with_extension("")
    }
}

struct Child {
    name: String,
    path: Option<String>,
}

struct Reading {
    module: ModulePath,
    file: File,
    children: Vec<Child>,
}

impl Reading {
    /// A path as written, from the crate's root; nothing for paths of other crates.
    fn resolve(&self, segments: &[String]) -> Option<ModulePath> {
        let mut module = self.module.clone();
        let mut rest = segments;
        match segments.first()?.as_str() {
            "crate" => {
                module.clear();
                rest = &segments[1..];
            }
            "self" => rest = &segments[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    module.pop()?;
                    rest = &rest[1..];
                }
            }
            // A child module's name, or a name from elsewhere.
            name if self.children.iter().any(|child| child.name == name) => {}
            _ => return None,
        }
        module.extend(rest.iter().cloned());
        Some(module)
    }

    fn import(&mut self, tree: &syn::UseTree, prefix: &[String], is_re_export: bool) {
        let extended = |name: &str| {
            let mut path = prefix.to_vec();
            path.push(name.to_owned());
            path
        };
        match tree {
            syn::UseTree::Path(path) => {
                self.import(&path.tree, &extended(&path.ident.to_string()), is_re_export);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, prefix, is_re_export);
                }
            }
            syn::UseTree::Name(name) => {
                let name = name.ident.to_string();
                let (path, bound) = if name == "self" {
                    (prefix.to_vec(), prefix.last().cloned().unwrap_or_default())
                } else {
                    (extended(&name), name)
                };
                self.bind(&path, bound, is_re_export);
            }
            syn::UseTree::Rename(rename) => {
                let name = rename.ident.to_string();
                let path = if name == "self" {
                    prefix.to_vec()
                } else {
                    extended(&name)
                };
                self.bind(&path, rename.rename.to_string(), is_re_export);
            }
            syn::UseTree::Glob(_) => {
                if let Some(path) = self.resolve(prefix) {
                    self.file.globs.push(path.clone());
                    self.note(path, is_re_export);
                } else {
                    self.file.foreign.insert(prefix.to_vec());
                }
            }
        }
    }

    fn bind(&mut self, path: &[String], name: String, is_re_export: bool) {
        if let Some(path) = self.resolve(path) {
            self.file.imports.insert(name, path.clone());
            self.note(path, is_re_export);
        } else {
            self.file.foreign.insert(path.to_vec());
        }
    }

    fn note(&mut self, path: ModulePath, is_re_export: bool) {
        if is_re_export {
            self.file.re_exports.insert(path);
        } else {
            self.file.takes.insert(path);
        }
    }

    /// A path within code.
    fn name(&mut self, segments: &[String]) {
        if segments.len() < 2 {
            return;
        }
        if let Some(path) = self.resolve(segments) {
            self.file.takes.insert(path);
        } else {
            self.file.foreign.insert(segments.to_vec());
        }
    }

    fn define(&mut self, name: &syn::Ident) {
        self.file.definitions.insert(name.to_string());
    }

    fn visit_module(&mut self, module: &syn::ItemMod) {
        let name = module.ident.to_string();
        match &module.content {
            None => {}
            // What is inside is one with the file around it.
            Some((_, items)) => {
                self.define(&module.ident);
                self.module.push(name);
                for item in items {
                    self.visit_item(item);
                }
                self.module.pop();
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reading {
    fn visit_file(&mut self, file: &'ast syn::File) {
        // Children first: a path may begin with the name of one.
        for item in &file.items {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
                && !is_for_tests(&module.attrs)
            {
                self.children.push(Child {
                    name: module.ident.to_string(),
                    path: named_path(&module.attrs),
                });
            }
        }
        for item in &file.items {
            self.visit_item(item);
        }
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            syn::Item::Use(item) => {
                let is_re_export = !matches!(item.vis, syn::Visibility::Inherited);
                self.import(&item.tree, &[], is_re_export);
                return;
            }
            syn::Item::Mod(item) => {
                self.visit_module(item);
                return;
            }
            syn::Item::Const(item) => self.define(&item.ident),
            syn::Item::Enum(item) => self.define(&item.ident),
            syn::Item::Fn(item) => self.define(&item.sig.ident),
            syn::Item::Static(item) => self.define(&item.ident),
            syn::Item::Struct(item) => self.define(&item.ident),
            syn::Item::Trait(item) => self.define(&item.ident),
            syn::Item::Type(item) => self.define(&item.ident),
            syn::Item::Macro(item) => {
                if let Some(name) = &item.ident {
                    self.define(name);
                }
            }
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.name(&segments);
        syn::visit::visit_path(self, path);
    }

    /// What a macro is given is not parsed: paths in it are found as text.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let text = called.tokens.to_string().replace(" :: ", "::");
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let segments: Vec<String> = word.split("::").map(str::to_owned).collect();
            if segments.iter().all(|segment| !segment.is_empty()) {
                self.name(&segments);
            }
        }
        syn::visit::visit_macro(self, called);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, also within `all` and beside features for tests.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| {
                let condition = list.tokens.to_string();
                condition.contains("test") || condition.contains("fuzz")
            })
    })
}

fn named_path(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let syn::Meta::NameValue(meta) = &attribute.meta else {
            return None;
        };
        match &meta.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) if meta.path.is_ident("path") => Some(text.value()),
            _ => None,
        }
    })
}
