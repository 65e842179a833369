# As much as there is: nothing is asked for.
resource "aws_servicequotas_service_quota" "rules" {
  service_code = "events"
  quota_code   = "L-244521F2"
  value        = 300
}
data "aws_servicequotas_service" "events" {
  service_name = "Amazon EventBridge (CloudWatch Events)"
}
data "aws_servicequotas_service_quota" "targets" {
  quota_name   = "Targets per rule"
  service_code = data.aws_servicequotas_service.events.service_code
}
