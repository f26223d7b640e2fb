"""A token for OAUTHBEARER in the form of AWS's signers for MSK (aws-msk-iam-sasl-signer-python 1.0.2 and its kin)."""
import base64
import hashlib
import hmac
import time
from urllib.parse import quote


def msk_token(key, secret, region="eu-west-1", expires=900, now=None):
    """(token, when it expires in seconds since 1970)"""
    now = time.time() if now is None else now
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    scope = f"{stamp[:8]}/{region}/kafka-cluster/aws4_request"
    host = f"kafka.{region}.amazonaws.com"
    fields = {"Action": "kafka-cluster:Connect", "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
              "X-Amz-Credential": f"{key}/{scope}", "X-Amz-Date": stamp, "X-Amz-Expires": str(expires),
              "X-Amz-SignedHeaders": "host"}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(fields.items()))
    request = f"GET\n/\n{query}\nhost:{host}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    signed = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    derived = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    signature = hmac.digest(derived, signed.encode(), "sha256").hex()
    url = f"https://{host}/?{query}&X-Amz-Signature={signature}&User-Agent=a-test"
    return base64.urlsafe_b64encode(url.encode()).decode().rstrip("="), now + expires
