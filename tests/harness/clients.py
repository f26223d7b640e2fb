"""The doors as their clients see them: raw bodies and headers, so that a test can send what a real producer sends."""
import http.client
import json
import urllib.parse

JSON_V2 = "application/vnd.kafka.json.v2+json"
BINARY_V2 = "application/vnd.kafka.binary.v2+json"


class Connection:
    """One keep-alive connection; opened anew after an error."""

    def __init__(self, base, timeout=60):
        self.address, self.timeout = urllib.parse.urlsplit(base), timeout
        self.connection = None

    def request(self, method, path, body=None, headers=()):
        """(status, headers, body)"""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=self.timeout)
        try:
            self.connection.request(method, path, body, dict(headers))
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except Exception:
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Rest(Connection):
    def produce(self, topic, values, stage=""):
        """Offsets of the records, or an AssertionError with the answer."""
        body = json.dumps({"records": [{"value": value} for value in values]})
        status, _, answer = self.request("POST", f"{stage}/topics/{topic}", body, {"Content-Type": JSON_V2})
        assert status == 200, (status, answer)
        return [entry["offset"] for entry in json.loads(answer)["offsets"]]


class Streams(Connection):
    def create(self, stream, shards=1):
        status, _, answer = self.request("POST", f"/streams/{stream}", json.dumps({"ShardCount": shards}),
                                         {"Content-Type": "application/json"})
        assert status == 200, (status, answer)

    def put_all(self, stream, values, key="partition-1", stage="/test"):
        body = json.dumps({"Records": [{"Data": value, "PartitionKey": key} for value in values]})
        status, _, answer = self.request("PUT", f"{stage}/streams/{stream}/records", body,
                                         {"Content-Type": "application/json"})
        assert status == 200 and json.loads(answer)["FailedRecordCount"] == 0, (status, answer)

    def put(self, stream, data, key="partition-1", stage="/test"):
        body = json.dumps({"StreamName": stream, "Data": data, "PartitionKey": key})
        status, _, answer = self.request("PUT", f"{stage}/streams/{stream}/record", body,
                                         {"Content-Type": "application/json"})
        assert status == 200, (status, answer)
        return json.loads(answer)
