"""Calls every operation of the marketplace's APIs that botocore has no model of, by boto3, which AWS_DATA_PATH teaches them."""

import json
import sys

import boto3

endpoint, seller_keys, buyer_keys, product, offer, bucket, year, month, agreement, contract, package, account, offer_set, operator_keys = sys.argv[1:]


def client(name, keys):
    key, secret = keys.split(",")
    return boto3.client(name, endpoint_url=endpoint, region_name="us-east-1",
                        aws_access_key_id=key, aws_secret_access_key=secret)


def told(answer):
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return answer


discovery = client("marketplace-discovery", buyer_keys)
listing = told(discovery.search_listings(searchText="iris"))["listingSummaries"][0]["listingId"]
facets = told(discovery.search_facets(searchText="iris"))
filters = [{"filterType": "PRODUCT_ID", "filterValues": [product]}]
found = {
    "listing": told(discovery.get_listing(listingId=listing))["listingName"],
    "facets": facets["totalResults"],
    "product": told(discovery.get_product(productId=product))["productName"],
    "fulfilled": len(told(discovery.list_fulfillment_options(productId=product))["fulfillmentOptions"]),
    "options": [one["purchaseOptionId"] for one in
                told(discovery.list_purchase_options(filters=filters))["purchaseOptions"]],
    "set": [each["product"]["productId"] for each in
            told(discovery.get_offer_set(offerSetId=offer_set))["associatedEntities"]],
    "offer": told(discovery.get_offer(offerId=offer))["offerId"],
    "terms": len(told(discovery.get_offer_terms(offerId=offer))["offerTerms"]),
}

options = told(discovery.list_fulfillment_options(productId=product))["fulfillmentOptions"]
option = options[0]["sageMakerAlgorithmFulfillmentOption"]["fulfillmentOptionId"]
usage = client("marketplace-usage", buyer_keys)
sample = told(usage.get_version_usage(productId=product, fulfillmentOptionId=option))["input"]["sample"]
found["sample"] = sample["realtimeText"]
certified = told(usage.get_version_certificate(productId=product, fulfillmentOptionId=option))
found["certificate"] = json.loads(certified["certificate"])["certificate"]["productId"] == product
versions = told(usage.list_subscribed_versions(agreementId=agreement, maxResults=1))
found["versions"] = [[each["type"], each["versionTitle"], each["arn"]] for each in versions["versions"]]
variant = {"endpointName": "flowers", "variantName": "all"}
told(usage.put_input_watch(**variant))
watches = told(usage.list_input_watches(maxResults=1))["watches"]
windows = told(usage.get_input_watch(**variant))["windows"]
told(usage.delete_input_watch(**variant))
drift = told(client("marketplace-usage", seller_keys).get_input_drift(
    productId=product, fulfillmentOptionId=option))["windows"]
found["drift"] = [[each["variantName"] for each in watches], windows, drift]
found["trial"] = told(usage.get_free_trial(agreementId=agreement))["grants"]

reviewing = client("marketplace-reviews", buyer_keys)
answering = client("marketplace-reviews", seller_keys)
review = told(reviewing.put_review(productId=product, rating=4, title="Grüße"))["review"]["reviewId"]
answered = {"productId": product, "reviewId": review}
told(answering.put_review_answer(**answered, body="Thank you."))
listed = told(answering.list_reviews(productId=product))["reviews"]
found["reviews"] = [(one["title"], one["answer"]["body"]) for one in listed]
told(answering.delete_review_answer(**answered))
told(reviewing.delete_review(productId=product))
found["left"] = told(answering.list_reviews(productId=product))["reviews"]

renewals = client("marketplace-renewals", seller_keys)
risen = told(renewals.finalize_renewal(agreementId=contract, percentage="7.77"))
found["risen"] = risen["agreementValue"]
told(renewals.opt_out_of_renewal(agreementId=contract))

reporting = client("marketplace-reports", seller_keys)
report = told(reporting.create_report(
    reportType="SELLER_USAGE",
    billingPeriod={"year": int(year), "month": int(month)},
    destination={"bucket": bucket},
))
found["report"] = report["totalAmount"]
period = {"year": int(year), "month": int(month)}
sold = told(reporting.get_seller_dashboard(productId=product, billingPeriod=period))
bought = told(client("marketplace-reports", buyer_keys).get_buyer_dashboard(billingPeriod=period))
found["dashboards"] = [sold["revenue"], [each["step"] for each in sold["funnel"]][0], bought["totalAmount"]]
selling = client("marketplace-evaluations", seller_keys)
trying = client("marketplace-evaluations", buyer_keys)
told(selling.put_evaluation_terms(productId=package, maxRows=3, maxMinutes=5, maxEvaluations=2))
told(selling.put_evaluation_terms(productId=product, maxRows=3, maxMinutes=5, maxEvaluations=1))
lesson = told(trying.start_evaluation(
    candidates=[{"productId": product, "hyperParameters": {"max_leaf_nodes": "4"}}],
    roleArn=f"arn:aws:iam::{account}:role/jobs",
    training={"channels": [{"channelName": "training", "s3Uri": f"s3://{account}/rows.csv", "contentType": "text/csv"}]},
    input={"s3Uri": f"s3://{account}/rows.csv", "contentType": "text/csv"},
    output={"s3Uri": f"s3://{account}/out"},
    metric="LATENCY",
))
found["lesson"] = [lesson["trainingRows"], told(trying.get_evaluation(evaluationId=lesson["evaluationId"]))["results"][0]["hyperParameters"]]
told(trying.stop_evaluation(evaluationId=lesson["evaluationId"]))
evaluation = told(trying.start_evaluation(
    candidates=[{"productId": package}],
    roleArn=f"arn:aws:iam::{account}:role/jobs",
    input={"s3Uri": f"s3://{account}/rows.csv", "contentType": "text/csv"},
    labels={"s3Uri": f"s3://{account}/labels.txt"},
    output={"s3Uri": f"s3://{account}/out"},
    metric="RMSE",
))
one = {"evaluationId": evaluation["evaluationId"]}
result = told(trying.get_evaluation(**one))["results"][0]
told(trying.stop_evaluation(**one))
listed = [each["evaluationId"] for each in told(trying.list_evaluations(maxResults=1))["evaluations"]]
left = told(trying.get_evaluation_terms(productId=package))["evaluationsLeft"]
told(selling.delete_evaluation_terms(productId=package))
found["evaluation"] = [evaluation["rows"], result["status"], result["usage"]["amount"], listed == [one["evaluationId"]], left]

wishing = client("marketplace-procurement", buyer_keys)
granting = client("marketplace-procurement", operator_keys)


def wish(comment):
    return {"requestId": told(wishing.create_private_marketplace_requests(
        productId=product, comment=comment))["request"]["requestId"]}


cancelled = told(wishing.cancel_private_marketplace_requests(**wish("Once")))["request"]["status"]
declined = told(granting.disassociate_products_from_private_marketplace(**wish("Twice"), note="Not yet"))
one = wish("Please")
told(granting.associate_products_with_private_marketplace(**one, note="Very well"))
approved = told(wishing.describe_private_marketplace_requests(**one))["request"]["status"]
first = told(granting.list_private_marketplace_requests(scope="ADMINISTERED", maxResults=2))
rest = told(granting.list_private_marketplace_requests(scope="ADMINISTERED", nextToken=first["nextToken"]))
statuses = sorted(each["status"] for each in first["requests"] + rest["requests"])
found["wishes"] = [approved, cancelled, declined["request"]["status"], statuses]
print(json.dumps(found))
