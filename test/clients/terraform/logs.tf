resource "aws_cloudwatch_log_group" "app" {
  name              = "/stack/app"
  retention_in_days = local.first ? 14 : 30
}
resource "aws_cloudwatch_log_stream" "app" {
  name           = "one"
  log_group_name = aws_cloudwatch_log_group.app.name
}
resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.app.name
  pattern        = local.first ? "ERROR" : "FATAL"
  metric_transformation {
    name          = "Errors"
    namespace     = "Stack"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}
