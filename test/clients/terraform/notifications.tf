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

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "stack-nightly"
  schedule_expression = local.first ? "cron(0 2 * * ? *)" : "rate(12 hours)"
  state               = local.first ? "ENABLED" : "DISABLED"
  tags                = { kind = "schedule" }
}
resource "aws_cloudwatch_event_target" "hook" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "hook"
  arn       = aws_cloudwatch_event_api_destination.hook.arn
  role_arn  = aws_iam_role.events.arn
  input     = jsonencode({ text = local.first ? "good night" : "hello" })
  http_target {
    header_parameters       = { X-Stack = "terraform" }
    query_string_parameters = { turn = var.turn }
  }
}

resource "aws_cloudwatch_event_connection" "key" {
  name               = "stack-key"
  description        = local.first ? "a key" : "the key"
  authorization_type = "API_KEY"
  auth_parameters {
    api_key {
      key   = "x-api-key"
      value = "not-a-secret"
    }
    invocation_http_parameters {
      header {
        key             = "X-Team"
        value           = "ml"
        is_value_secret = false
      }
    }
  }
}
resource "aws_cloudwatch_event_connection" "password" {
  name               = "stack-password"
  authorization_type = "BASIC"
  auth_parameters {
    basic {
      username = local.first ? "stack" : "pile"
      password = "not-a-secret"
    }
  }
}
resource "aws_cloudwatch_event_api_destination" "hook" {
  name                             = "stack-hook"
  invocation_endpoint              = "https://hooks.example.com/stack"
  http_method                      = local.first ? "POST" : "PUT"
  invocation_rate_limit_per_second = local.first ? 10 : 20
  connection_arn                   = aws_cloudwatch_event_connection.key.arn
}

data "aws_iam_policy_document" "events" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "events" {
  name               = "stack-events"
  assume_role_policy = data.aws_iam_policy_document.events.json
}
