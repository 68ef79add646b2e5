//! A unified diff, as `git diff` draws it.

use std::io;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};

use crate::diff::SetDiff;

use super::super::snippet::Color;
use super::{hunks, visible};

pub(super) fn write(diff: &SetDiff, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
    for environment in &diff.environments {
        for component in &environment.components {
            let build = format!("{}/{}", environment.name, component.name);
            for object in &component.objects {
                let new_name = visible(&format!("{build} {}", object.id));
                let old_name = match &object.renamed_from {
                    Some(id) => visible(&format!("{build} {id}")),
                    None => new_name.clone(),
                };
                let names = [
                    ("---", object.old.as_ref().map(|_| old_name)),
                    ("+++", object.new.as_ref().map(|_| new_name)),
                ];
                for (sign, name) in names {
                    let name = name.as_deref().unwrap_or("/dev/null");
                    line(&format!("{sign} {name}"), bold(), color, out)?;
                }
                for text in hunks(object).lines() {
                    line(text, style_of(text), color, out)?;
                }
            }
        }
    }
    Ok(())
}

fn bold() -> Style {
    Style::new().effects(Effects::BOLD)
}

fn style_of(line: &str) -> Style {
    match line.as_bytes().first() {
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    }
}

fn line(text: &str, style: Style, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
    match color {
        Color::Always => writeln!(out, "{style}{text}{style:#}"),
        Color::Never => writeln!(out, "{text}"),
    }
}
