{{- define "modelmart.name" -}}
{{- if contains "modelmart" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-modelmart" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "modelmart.selector" -}}
app.kubernetes.io/name: modelmart
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "modelmart.labels" -}}
{{ include "modelmart.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "modelmart.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "modelmart.name" .) }}
{{- end }}

{{- define "modelmart.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "modelmart.volume" -}}
{{- with .Values.persistence -}}
accessModes: {{ .accessModes | toJson }}
{{- with .storageClass }}
storageClassName: {{ ternary "" . (eq . "-") | quote }}
{{- end }}
resources: {requests: {storage: {{ .size }}}}
{{- end }}
{{- end }}

{{- define "modelmart.workloads" -}}
{{ .Values.workloads.namespace | default .Release.Namespace }}
{{- end }}
