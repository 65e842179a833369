resource "aws_ecr_repository" "model" {
  name                 = "stack/model"
  image_tag_mutability = local.first ? "IMMUTABLE" : "MUTABLE"
  force_delete         = true
  image_scanning_configuration { scan_on_push = local.first }
  encryption_configuration {
    encryption_type = "AES256"
  }
}
resource "aws_ecr_repository_policy" "model" {
  repository = aws_ecr_repository.model.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "pull"
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.sagemaker.arn }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
resource "aws_ecr_lifecycle_policy" "model" {
  repository = aws_ecr_repository.model.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "keep ten"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = local.first ? 10 : 5 }
      action       = { type = "expire" }
    }]
  })
}
resource "aws_ecr_registry_policy" "here" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "create"
      Effect    = "Allow"
      Principal = { AWS = local.root }
      Action    = ["ecr:CreateRepository"]
      Resource  = ["arn:aws:ecr:${data.aws_region.here.name}:${local.account}:repository/*"]
    }]
  })
}
resource "aws_ecr_registry_scanning_configuration" "here" {
  scan_type = "BASIC"
  rule {
    scan_frequency = "SCAN_ON_PUSH"
    repository_filter {
      filter      = "stack/*"
      filter_type = "WILDCARD"
    }
  }
}
resource "aws_ecr_repository_creation_template" "team" {
  prefix               = "team"
  description          = local.first ? "made on pull" : "described anew"
  image_tag_mutability = "MUTABLE"
  applied_for          = ["PULL_THROUGH_CACHE"]
  encryption_configuration { encryption_type = "AES256" }
  resource_tags = { made = "by push" }
}
resource "aws_ecr_account_setting" "scan" {
  name  = "BASIC_SCAN_TYPE_VERSION"
  value = "AWS_NATIVE"
}
