//! The arrows between the rooms of each crate and between its files, drawn from its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, Visibility};

/// Where a name leads: the segments of its path, beginning below the crate's root.
type Names = Vec<String>;

/// One file of a crate.
struct Source {
    module: Names,
    file: syn::File,
    /// What the file's imports call by one name.
    imports: BTreeMap<String, Names>,
    /// What the file hands on under its own name, and where it really is.
    exports: BTreeMap<String, Names>,
}

/// The files of one crate by their module path, tests left out.
pub(crate) struct Crate {
    sources: BTreeMap<Names, Source>,
    paths: BTreeMap<Names, PathBuf>,
}

impl Crate {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut this = Self {
            sources: BTreeMap::new(),
            paths: BTreeMap::new(),
        };
        this.read_folder(folder, folder);
        this
    }

    fn read_folder(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.file_stem().expect("a name").to_string_lossy();
            if name == "tests" {
                continue;
            }
            if path.is_dir() {
                self.read_folder(root, &path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let inner = path.strip_prefix(root).expect("inside").with_extension("");
                let module: Names = inner
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy().into_owned())
                    .filter(|name| name != "lib")
                    .collect();
                let text = fs::read_to_string(&path).expect("UTF-8");
                let file = syn::parse_file(&text).expect("Rust");
                let source = Source::new(module.clone(), file);
                self.paths.insert(module.clone(), path);
                self.sources.insert(module, source);
            }
        }
    }

    /// `(from, to)` for every file that names something of another; a door that only hands on what
    /// is in the rooms behind it names nothing of them.
    pub(crate) fn file_arrows(&self) -> BTreeSet<(Names, Names)> {
        let mut arrows = BTreeSet::new();
        for (module, source) in &self.sources {
            for name in source.named() {
                if let Some(to) = self.home_of(&name, 0)
                    && to != *module
                {
                    arrows.insert((module.clone(), to));
                }
            }
        }
        arrows
    }

    /// `(from, to)` for every room that names something of another. A room is what stands directly
    /// below the root of the crate.
    pub(crate) fn room_arrows(&self) -> BTreeSet<(String, String)> {
        let room = |names: &Names| names.first().cloned();
        let arrows = self.file_arrows().into_iter();
        let rooms = arrows.filter_map(|(from, to)| Some((room(&from)?, room(&to)?)));
        rooms.filter(|(from, to)| from != to).collect()
    }

    /// The module of the file in which a name is at home.
    fn home_of(&self, name: &[String], depth: usize) -> Option<Names> {
        let mut length = name.len();
        while length > 0 && !self.sources.contains_key(&name[..length]) {
            length -= 1;
        }
        let source = self.sources.get(&name[..length])?;
        let handed_on = name.get(length).and_then(|next| source.exports.get(next));
        match handed_on {
            Some(real) if depth < 8 => {
                let mut real = real.clone();
                real.extend(name[length + 1..].iter().cloned());
                self.home_of(&real, depth + 1)
            }
            _ => Some(source.module.clone()),
        }
    }
}

impl Source {
    fn new(module: Names, file: syn::File) -> Self {
        let mut source = Self {
            module,
            file,
            imports: BTreeMap::new(),
            exports: BTreeMap::new(),
        };
        let mut finder = Finder::default();
        finder.visit_file(&source.file);
        for (tree, public) in &finder.uses {
            let mut found = Vec::new();
            flatten(tree, &mut Vec::new(), &mut found);
            for (alias, path) in found {
                let children = &finder.children;
                let Some(path) = source.absolute(&path, children) else {
                    continue;
                };
                if *public {
                    source.exports.insert(alias, path);
                } else {
                    source.imports.insert(alias, path);
                }
            }
        }
        for child in finder.children {
            let mut path = source.module.clone();
            path.push(child.clone());
            source.imports.entry(child).or_insert(path);
        }
        source
    }

    /// The path below the crate's root; `None` for what is of another crate.
    fn absolute(&self, path: &[String], children: &BTreeSet<String>) -> Option<Names> {
        let first = path.first()?;
        let mut place = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().checked_sub(1)?].to_vec(),
            child if children.contains(child) => {
                let mut place = self.module.clone();
                place.push(child.to_owned());
                place
            }
            imported => self.imports.get(imported)?.clone(),
        };
        for segment in &path[1..] {
            if segment == "super" {
                place.pop();
            } else if segment != "self" {
                place.push(segment.clone());
            }
        }
        Some(place)
    }

    /// Every path that the file names, below the crate's root.
    fn named(&self) -> BTreeSet<Names> {
        let mut finder = Finder::default();
        finder.visit_file(&self.file);
        let none = BTreeSet::new();
        let paths = finder.paths.iter();
        let mut named: BTreeSet<Names> = paths.filter_map(|p| self.absolute(p, &none)).collect();
        // A declaration is no use of what it declares.
        named.extend(self.imports.iter().filter_map(|(name, path)| {
            let own = path.len() == self.module.len() + 1
                && path.starts_with(&self.module)
                && path.last() == Some(name);
            (!own).then(|| path.clone())
        }));
        named
    }
}

#[derive(Default)]
struct Finder {
    uses: Vec<(UseTree, bool)>,
    children: BTreeSet<String>,
    paths: Vec<Names>,
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|word| word == "test"))
    })
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_none() {
            self.children.insert(item.ident.to_string());
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        self.uses.push((item.tree.clone(), public));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|part| part.ident.to_string());
        self.paths.push(names.collect());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // Who may see an item is no use of theirs.
    }
}

fn flatten(tree: &UseTree, before: &mut Names, found: &mut Vec<(String, Names)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, found);
            before.pop();
        }
        UseTree::Name(name) => {
            let mut path = before.clone();
            if name.ident != "self" {
                path.push(name.ident.to_string());
            }
            let alias = path.last().cloned().unwrap_or_default();
            found.push((alias, path));
        }
        UseTree::Rename(name) => {
            let mut path = before.clone();
            if name.ident != "self" {
                path.push(name.ident.to_string());
            }
            found.push((name.rename.to_string(), path));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), before.clone())),
        UseTree::Group(group) => {
            for item in &group.items {
                flatten(item, before, found);
            }
        }
    }
}

/// The groups of those that lead to each other, each in order.
pub(crate) fn circles<T: Ord + Clone>(arrows: &BTreeSet<(T, T)>) -> Vec<Vec<T>> {
    let nodes: BTreeSet<&T> = arrows.iter().flat_map(|(from, to)| [from, to]).collect();
    let reach = |start: &T| {
        let mut seen: BTreeSet<T> = BTreeSet::new();
        let mut open = vec![start.clone()];
        while let Some(node) = open.pop() {
            for (_, to) in arrows.iter().filter(|(from, _)| *from == node) {
                if seen.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&T, BTreeSet<T>> =
        nodes.iter().map(|node| (*node, reach(node))).collect();
    let mut circles = BTreeSet::new();
    for node in nodes {
        let mutual = reached[node]
            .iter()
            .filter(|other| reached[other].contains(node));
        let group: Vec<T> = mutual.cloned().collect();
        if group.len() > 1 {
            circles.insert(group);
        }
    }
    circles.into_iter().collect()
}
