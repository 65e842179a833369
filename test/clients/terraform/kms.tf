resource "aws_kms_key" "data" {
  description             = local.first ? "data at rest" : "data, described anew"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  rotation_period_in_days = local.first ? 180 : 365
}
resource "aws_kms_key" "sign" {
  description              = "signatures"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 7
}
resource "aws_kms_key_policy" "sign" {
  key_id = aws_kms_key.sign.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "all"
      Effect    = "Allow"
      Principal = { AWS = local.root }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}
resource "aws_kms_alias" "data" {
  name          = "alias/stack-data"
  target_key_id = aws_kms_key.data.key_id
}
resource "aws_kms_grant" "training" {
  name              = "training"
  key_id            = aws_kms_key.data.key_id
  grantee_principal = aws_iam_role.sagemaker.arn
  operations        = ["Encrypt", "Decrypt", "GenerateDataKey"]
  constraints {
    encryption_context_equals = { department = "ml" }
  }
}
resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.data.key_id
  plaintext = "secret"
}
