variable "receiver" {
  description = "An endpoint that confirms its subscription by itself."
}

resource "aws_sns_topic" "news" {
  name              = "stack-news"
  display_name      = local.first ? "News" : "All the news"
  signature_version = 2
  tags              = { kind = "news" }
  delivery_policy = jsonencode({
    http = { defaultHealthyRetryPolicy = { numRetries = local.first ? 3 : 5, minDelayTarget = 1, maxDelayTarget = 20 } }
  })
}
data "aws_iam_policy_document" "news" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.news.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.states.arn]
    }
  }
}
resource "aws_sns_topic_policy" "news" {
  arn    = aws_sns_topic.news.arn
  policy = data.aws_iam_policy_document.news.json
}
resource "aws_sns_topic_subscription" "receiver" {
  topic_arn              = aws_sns_topic.news.arn
  protocol               = "http"
  endpoint               = var.receiver
  endpoint_auto_confirms = true
  raw_message_delivery   = !local.first
  filter_policy_scope    = "MessageBody"
  filter_policy          = jsonencode({ detail = { state = [{ prefix = local.first ? "Comp" : "Fail" }] } })
}

resource "aws_cloudwatch_event_rule" "states" {
  name        = "stack-states"
  description = local.first ? "jobs" : "jobs and endpoints"
  state       = "ENABLED"
  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = [{ suffix = " State Change" }]
  })
}
resource "aws_cloudwatch_event_target" "topic" {
  rule      = aws_cloudwatch_event_rule.states.name
  target_id = "topic"
  arn       = aws_sns_topic.news.arn
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = local.first ? 10 : 20
  }
}
resource "aws_cloudwatch_event_target" "log" {
  rule      = aws_cloudwatch_event_rule.states.name
  target_id = "log"
  arn       = aws_cloudwatch_log_group.app.arn
  input_transformer {
    input_paths    = { at = "$.time", kind = "$.detail-type" }
    input_template = "{\"timestamp\": <at>, \"message\": \"<kind>\"}"
  }
}
