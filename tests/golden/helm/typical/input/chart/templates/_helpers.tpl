{{- define "shop.name" -}}
{{ .Release.Name }}-{{ .Chart.Name | trunc 20 }}
{{- end }}

{{- define "shop.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "shop.image" -}}
{{- printf "%s/%s:%s" .Values.global.registry .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end }}
