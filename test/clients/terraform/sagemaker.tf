resource "aws_sagemaker_model_package_group" "models" {
  model_package_group_name        = "stack-models"
  model_package_group_description = "models of the stack"
}
resource "aws_sagemaker_model_package_group_policy" "models" {
  model_package_group_name = aws_sagemaker_model_package_group.models.model_package_group_name
  resource_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "share"
      Effect    = "Allow"
      Principal = { AWS = local.root }
      Action    = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
      Resource  = [aws_sagemaker_model_package_group.models.arn]
    }]
  })
}

resource "aws_sagemaker_model" "served" {
  name                     = "stack-served"
  execution_role_arn       = aws_iam_role.sagemaker.arn
  enable_network_isolation = true
  primary_container {
    image       = var.image
    environment = { WHO = "terraform" }
  }
  # The role is tried when the model is made.
  depends_on = [aws_iam_role_policy_attachment.full]
}

resource "aws_sagemaker_endpoint_configuration" "served" {
  name = "stack-served-${var.turn}"
  production_variants {
    variant_name           = "all"
    model_name             = aws_sagemaker_model.served.name
    initial_instance_count = 1
    initial_variant_weight = var.turn
    instance_type          = "ml.m5.large"
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_endpoint" "served" {
  name                 = "stack-served"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.served.name
  tags                 = { turn = tostring(var.turn) }
}
