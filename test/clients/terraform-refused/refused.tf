terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
provider "aws" {
  s3_use_path_style = true
}
resource "aws_s3_bucket" "plain" {
  bucket = "refused-plain"
}
resource "aws_s3_bucket_notification" "topic" {
  bucket = aws_s3_bucket.plain.id
  topic {
    topic_arn = aws_sns_topic.plain.arn
    events    = ["s3:ObjectCreated:*"]
  }
}
resource "aws_s3_bucket_acl" "public" {
  bucket = aws_s3_bucket.plain.id
  acl    = "public-read"
}
resource "aws_s3_bucket_logging" "log" {
  bucket        = aws_s3_bucket.plain.id
  target_bucket = aws_s3_bucket.plain.id
  target_prefix = "log/"
}
resource "aws_s3_bucket_website_configuration" "web" {
  bucket = aws_s3_bucket.plain.id
  index_document {
    suffix = "index.html"
  }
}
resource "aws_s3_bucket_accelerate_configuration" "fast" {
  bucket = aws_s3_bucket.plain.id
  status = "Enabled"
}
resource "aws_ecr_repository" "keyed" {
  name = "refused/keyed"
  encryption_configuration {
    encryption_type = "KMS"
  }
}
resource "aws_ecr_pull_through_cache_rule" "cache" {
  ecr_repository_prefix = "cache"
  upstream_registry_url = "registry.example.com"
}
resource "aws_cloudwatch_composite_alarm" "both" {
  alarm_name = "refused-both"
  alarm_rule = "ALARM(a) OR ALARM(b)"
}
resource "aws_cloudwatch_dashboard" "board" {
  dashboard_name = "refused"
  dashboard_body = jsonencode({ widgets = [] })
}
resource "aws_cloudwatch_event_bus" "own" {
  name = "refused"
}
resource "aws_sns_topic" "plain" {
  name = "refused-plain"
}
resource "aws_sns_topic" "fifo" {
  name       = "refused.fifo"
  fifo_topic = true
}
resource "aws_cloudwatch_log_subscription_filter" "to" {
  name            = "refused"
  log_group_name  = "/none"
  filter_pattern  = ""
  destination_arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
}
resource "aws_sagemaker_domain" "studio" {
  domain_name = "refused"
  auth_mode   = "IAM"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1"]
  default_user_settings {
    execution_role = "arn:aws:iam::123456789012:role/x"
  }
}
resource "aws_sagemaker_notebook_instance" "book" {
  name          = "refused"
  role_arn      = "arn:aws:iam::123456789012:role/x"
  instance_type = "ml.t3.medium"
}
resource "aws_cloudformation_stack" "stack" {
  name          = "refused"
  template_body = "{}"
}
resource "aws_servicequotas_service_quota" "more" {
  service_code = "events"
  quota_code   = "L-244521F2"
  value        = 1000
}
