// Writes src/merge/schema/tables.rs: what strategic merge and scoping need of the OpenAPI document that
// kustomize v5.8.1 (kyaml v0.21.1) embeds.
//
//	cd tests/tools/merge-schema && go run . > ../../../src/merge/schema/tables.rs
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const (
	mergeKey      = "x-kubernetes-patch-merge-key"
	mapKeys       = "x-kubernetes-list-map-keys"
	patchStrategy = "x-kubernetes-patch-strategy"
	groupVersion  = "x-kubernetes-group-version-kind"
)

// A schema as the merge sees it: fields for objects, a strategy with keys and elements for lists.
type shape struct {
	fields     map[string]int // only those that lead to a list that is merged
	additional int            // the values of a map; -1 where there is none
	merged     bool
	keys       []string
	elements   int
	live       bool // leads to a list that is merged
}

type builder struct {
	definitions map[string]spec.Schema
	shapes      []shape
	named       map[string]int
}

func (b *builder) definition(name string) int {
	if index, ok := b.named[name]; ok {
		return index
	}
	index := len(b.shapes)
	b.named[name] = index
	b.shapes = append(b.shapes, shape{})
	b.fill(index, b.definitions[name])
	return index
}

func (b *builder) of(s spec.Schema) int {
	if ref := s.Ref.String(); ref != "" {
		return b.definition(strings.TrimPrefix(ref, "#/definitions/"))
	}
	index := len(b.shapes)
	b.shapes = append(b.shapes, shape{})
	b.fill(index, s)
	return index
}

func (b *builder) fill(index int, s spec.Schema) {
	result := shape{fields: map[string]int{}, additional: -1, elements: -1}
	for name, property := range s.Properties {
		result.fields[name] = b.of(property)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		result.additional = b.of(*s.AdditionalProperties.Schema)
	}
	if len(s.Type) == 1 && s.Type[0] == "array" && s.Items != nil && s.Items.Schema != nil {
		result.elements = b.of(*s.Items.Schema)
	}
	if strategy, ok := s.Extensions[patchStrategy].(string); ok {
		for _, word := range strings.Split(strategy, ",") {
			result.merged = result.merged || word == "merge"
		}
		if list, ok := s.Extensions[mapKeys].([]interface{}); ok {
			for _, key := range list {
				result.keys = append(result.keys, key.(string))
			}
		} else if key, ok := s.Extensions[mergeKey].(string); ok {
			result.keys = []string{key}
		}
	}
	result.live = result.merged && s.Type.Contains("array")
	b.shapes[index] = result
}

// Marks what leads to a list that is merged, until nothing changes (schemas may be recursive).
func (b *builder) spread() {
	live := func(index int) bool { return index >= 0 && b.shapes[index].live }
	for changed := true; changed; {
		changed = false
		for index := range b.shapes {
			s := &b.shapes[index]
			now := s.live || live(s.additional) || live(s.elements)
			for _, field := range s.fields {
				now = now || live(field)
			}
			changed = changed || now != s.live
			s.live = now
		}
	}
}

type kind struct {
	group, version, kind string
	scope                string
	schema               int
}

func scope(apiVersion, kind string) string {
	namespaced, known := openapi.IsNamespaceScoped(yaml.TypeMeta{APIVersion: apiVersion, Kind: kind})
	if !known {
		return "Unknown"
	}
	return map[bool]string{true: "Namespaced", false: "Cluster"}[namespaced]
}

func main() {
	openapi.SchemaForResourceType(yaml.TypeMeta{})
	definitions := openapi.Schema().Definitions
	b := &builder{definitions: definitions, named: map[string]int{}}
	kinds := map[string]kind{}
	for name, definition := range definitions {
		list, _ := definition.Extensions[groupVersion].([]interface{})
		for _, item := range list {
			m := item.(map[string]interface{})
			text := func(key string) string { s, _ := m[key].(string); return s }
			k := kind{group: text("group"), version: text("version"), kind: text("kind")}
			apiVersion := k.version
			if k.group != "" {
				apiVersion = k.group + "/" + k.version
			}
			k.scope = scope(apiVersion, k.kind)
			k.schema = b.definition(name)
			kinds[k.group+"\x00"+k.version+"\x00"+k.kind] = k
		}
	}
	// The document has paths for these, but no definitions.
	for _, name := range []string{"NodeProxyOptions", "PodAttachOptions", "PodExecOptions", "PodPortForwardOptions", "PodProxyOptions", "ServiceProxyOptions"} {
		k := kind{version: "v1", kind: name, schema: -1, scope: scope("v1", name)}
		kinds["\x00v1\x00"+name] = k
	}
	b.spread()
	b.print(kinds)
}

func (b *builder) print(kinds map[string]kind) {
	// Numbers are given in the order of use, so that the output is the same each time.
	number := map[string]int{}
	var lines []string
	var visit func(index int, seen map[int]string) string
	// A shape that others can name by content: recursive ones don't occur among the live.
	visit = func(index int, seen map[int]string) string {
		if index < 0 || !b.shapes[index].live {
			return "NONE"
		}
		if _, open := seen[index]; open {
			fmt.Fprintln(os.Stderr, "recursive live schema")
			os.Exit(1)
		}
		seen[index] = ""
		defer delete(seen, index)
		s := b.shapes[index]
		var names []string
		for name, field := range s.fields {
			if b.shapes[field].live {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		var fields []string
		for _, name := range names {
			fields = append(fields, fmt.Sprintf("(%q, %s)", name, visit(s.fields[name], seen)))
		}
		if s.additional >= 0 && b.shapes[s.additional].live {
			fmt.Fprintln(os.Stderr, "a map's values lead to a list that is merged: the tables have no room for it")
			os.Exit(1)
		}
		elements := visit(s.elements, seen)
		var keys []string
		for _, key := range s.keys {
			keys = append(keys, fmt.Sprintf("%q", key))
		}
		var line string
		switch {
		case s.merged:
			line = fmt.Sprintf("List { keys: &[%s], elements: %s }", strings.Join(keys, ", "), elements)
		case elements != "NONE":
			line = fmt.Sprintf("Replaced { elements: %s }", elements)
		default:
			line = fmt.Sprintf("Object { fields: &[%s] }", strings.Join(fields, ", "))
		}
		if _, ok := number[line]; !ok {
			number[line] = len(lines)
			lines = append(lines, line)
		}
		return fmt.Sprint(number[line])
	}
	var order []string
	for key := range kinds {
		order = append(order, key)
	}
	sort.Strings(order)
	var rows []string
	for _, key := range order {
		k := kinds[key]
		if k.scope == "Unknown" && (k.schema < 0 || !b.shapes[k.schema].live) {
			continue
		}
		rows = append(rows, fmt.Sprintf("(%q, %q, %q, %s, %s)", k.group, k.version, k.kind, k.scope, visit(k.schema, map[int]string{})))
	}
	fmt.Println("//! Written by `tests/tools/merge-schema`; do not edit.")
	fmt.Println()
	fmt.Println("use super::BuiltIn::{self, List, Object, Replaced};\nuse super::Scope::{self, Cluster, Namespaced, Unknown};")
	fmt.Println()
	fmt.Println("/// Stands for a schema that leads to no list that is merged.")
	fmt.Println("pub(super) const NONE: u16 = u16::MAX;")
	fmt.Println()
	fmt.Println("/// Group, version, kind, scope and schema, sorted.")
	fmt.Println("#[rustfmt::skip]")
	fmt.Printf("pub(super) static KINDS: [(&str, &str, &str, Scope, u16); %d] = [\n", len(rows))
	for _, row := range rows {
		fmt.Printf("    %s,\n", row)
	}
	fmt.Println("];")
	fmt.Println()
	fmt.Println("#[rustfmt::skip]")
	fmt.Printf("pub(super) static SCHEMAS: [BuiltIn; %d] = [\n", len(lines))
	for _, line := range lines {
		fmt.Printf("    %s,\n", line)
	}
	fmt.Println("];")
}
