{{ define "p" }}p: {{ .x }}{{ end }}printed: never
