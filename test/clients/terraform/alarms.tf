resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "stack-errors"
  alarm_description   = "too many"
  namespace           = "Stack"
  metric_name         = "Errors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = local.first ? 5 : 10
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  dimensions          = { part = "app" }
  alarm_actions       = [aws_sns_topic.news.arn]
  ok_actions          = local.first ? [] : [aws_sns_topic.news.arn]
  tags                = { part = local.first ? "app" : "all" }
}
resource "aws_cloudwatch_metric_alarm" "share" {
  alarm_name          = "stack-share"
  evaluation_periods  = 2
  threshold           = 50
  comparison_operator = "GreaterThanOrEqualToThreshold"
  actions_enabled     = local.first
  metric_query {
    id          = "share"
    expression  = "100 * errors / FILL(all, 1)"
    label       = "share of errors"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { errors = "Errors", all = "Requests" }
    content {
      id = metric_query.key
      metric {
        namespace   = "Stack"
        metric_name = metric_query.value
        period      = 300
        stat        = "Sum"
      }
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name          = "stack-slow"
  namespace           = "AWS/SageMaker"
  metric_name         = "ModelLatency"
  extended_statistic  = local.first ? "p95" : "p99"
  period              = 60
  evaluation_periods  = 1
  threshold           = 500000
  unit                = "Microseconds"
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_appautoscaling_policy.steps.arn]
  dimensions          = { EndpointName = aws_sagemaker_endpoint.served.name, VariantName = "all" }
}
