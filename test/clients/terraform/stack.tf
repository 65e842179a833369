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
  default_tags {
    tags = { stack = "terraform" }
  }
}

variable "image" {
  description = "An image in the account's own registry, which serves."
}

variable "turn" {
  description = "What the second apply changes in place."
  type        = number
  default     = 1
}

locals {
  first   = var.turn == 1
  account = data.aws_caller_identity.me.account_id
  root    = "arn:${data.aws_partition.here.partition}:iam::${local.account}:root"
}

data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_partition" "here" {}
