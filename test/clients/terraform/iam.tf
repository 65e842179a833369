data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "sagemaker" {
  name                 = "stack-sagemaker"
  path                 = "/ml/"
  description          = local.first ? "jobs" : "jobs of the team"
  max_session_duration = local.first ? 7200 : 3600
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { team = local.first ? "ml" : "ai" }
}
resource "aws_iam_policy" "boundary" {
  name        = "stack-boundary"
  description = "no more than this"
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
  tags        = { team = local.first ? "ml" : "ai" }
}
resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.sagemaker.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "full" {
  role       = aws_iam_role.sagemaker.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
}
resource "aws_iam_instance_profile" "builder" {
  name = "stack-builder"
  role = aws_iam_role.sagemaker.name
}
resource "aws_iam_user" "ann" {
  name          = "stack-ann"
  force_destroy = true
  tags          = { team = local.first ? "ml" : "ai" }
}
resource "aws_iam_user_policy" "ann" {
  name   = "own"
  user   = aws_iam_user.ann.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = local.first ? "iam:GetUser" : "iam:ListUsers", Resource = "*" }] })
}
resource "aws_iam_user_policy_attachment" "ann" {
  user       = aws_iam_user.ann.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
resource "aws_iam_access_key" "ann" {
  user = aws_iam_user.ann.name
}
resource "aws_iam_user_login_profile" "ann" {
  user                    = aws_iam_user.ann.name
  password_reset_required = true
}
resource "aws_iam_group" "team" {
  name = "stack-team"
  path = "/ml/"
}
resource "aws_iam_group_policy" "team" {
  name   = "team"
  group  = aws_iam_group.team.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }] })
}
resource "aws_iam_group_policy_attachment" "team" {
  group      = aws_iam_group.team.name
  policy_arn = aws_iam_policy.boundary.arn
}
resource "aws_iam_group_membership" "team" {
  name  = "members"
  group = aws_iam_group.team.name
  users = [aws_iam_user.ann.name]
}
resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "sagemaker.application-autoscaling.amazonaws.com"
}
resource "aws_iam_account_alias" "here" {
  account_alias = local.first ? "stack-of-tests" : "stack-of-other-tests"
}
resource "aws_iam_account_password_policy" "here" {
  minimum_password_length        = local.first ? 12 : 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = false
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 3
}

resource "aws_iam_openid_connect_provider" "runner" {
  url             = "https://tokens.example.com"
  client_id_list  = local.first ? ["sts.amazonaws.com"] : ["sts.amazonaws.com", "runner"]
  thumbprint_list = ["0123456789abcdef0123456789abcdef01234567"]
  tags            = { team = local.first ? "ml" : "ai" }
}

resource "aws_iam_role" "runner" {
  name = "stack-runner"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.runner.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = { "tokens.example.com:aud" = "sts.amazonaws.com" } }
    }]
  })
}
