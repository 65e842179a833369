resource "aws_appautoscaling_target" "served" {
  service_namespace  = "sagemaker"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.served.name}/variant/all"
  min_capacity       = 1
  max_capacity       = local.first ? 2 : 3
}
resource "aws_appautoscaling_policy" "invocations" {
  name               = "stack-invocations"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.served.service_namespace
  scalable_dimension = aws_appautoscaling_target.served.scalable_dimension
  resource_id        = aws_appautoscaling_target.served.resource_id
  target_tracking_scaling_policy_configuration {
    target_value       = local.first ? 1000 : 2000
    scale_in_cooldown  = 600
    scale_out_cooldown = 60
    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }
}
resource "aws_appautoscaling_policy" "steps" {
  name               = "stack-steps"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.served.service_namespace
  scalable_dimension = aws_appautoscaling_target.served.scalable_dimension
  resource_id        = aws_appautoscaling_target.served.resource_id
  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 120
    metric_aggregation_type = "Maximum"
    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}
resource "aws_appautoscaling_scheduled_action" "morning" {
  name               = "stack-morning"
  service_namespace  = aws_appautoscaling_target.served.service_namespace
  scalable_dimension = aws_appautoscaling_target.served.scalable_dimension
  resource_id        = aws_appautoscaling_target.served.resource_id
  schedule           = local.first ? "cron(0 8 ? * MON-FRI *)" : "cron(0 9 ? * MON-FRI *)"
  timezone           = "Europe/Berlin"
  scalable_target_action {
    min_capacity = 1
    max_capacity = 2
  }
}
