// What API v3 answers, one function a request. They run where they may wait for the disk if the table of routes
// (v3.cpp) says so. Shapes: docs/rest_v3.md.
#pragma once
#include <string>
#include <vector>

#include "rest/v3_links.h"
#include "rest/v3_site.h"

namespace pinflow::rest {

struct V3Call {
    const V3Site& site;
    const net::Request& request;
    V3Links links;
    std::vector<std::string> names;  // what stands in the path's variable places, behind the cluster's
};

// v3_clusters.cpp
net::Response list_clusters(const V3Call& call);
net::Response get_cluster(const V3Call& call);
net::Response list_brokers(const V3Call& call);
net::Response get_broker(const V3Call& call);
net::Response list_reassignments(const V3Call& call);
net::Response get_reassignment(const V3Call& call);
bool is_broker(const V3Call& call, std::string_view id);

// v3_acls.cpp
net::Response list_acls(const V3Call& call);
net::Response create_acl(const V3Call& call);
net::Response create_acls(const V3Call& call);
net::Response delete_acls(const V3Call& call);

// v3_topics.cpp
net::Response list_topics(const V3Call& call);
net::Response get_topic(const V3Call& call);
net::Response create_topic(const V3Call& call);
net::Response delete_topic(const V3Call& call);
net::Response add_partitions(const V3Call& call);

// v3_partitions.cpp
net::Response list_partitions(const V3Call& call);
net::Response get_partition(const V3Call& call);
net::Response get_offsets(const V3Call& call);
net::Response list_replicas(const V3Call& call);
net::Response get_replica(const V3Call& call);
net::Response list_broker_replicas(const V3Call& call);

// v3_configs.cpp
net::Response list_topic_configs(const V3Call& call);
net::Response list_all_topic_configs(const V3Call& call);
net::Response get_topic_config(const V3Call& call);
net::Response put_topic_config(const V3Call& call);
net::Response delete_topic_config(const V3Call& call);
net::Response alter_topic_configs(const V3Call& call);
net::Response list_broker_configs(const V3Call& call);
net::Response get_broker_config(const V3Call& call);
net::Response list_cluster_configs(const V3Call& call);
net::Response refuse_broker_changes(const V3Call& call);

// v3_groups.cpp
net::Response list_groups(const V3Call& call);
net::Response get_group(const V3Call& call);
net::Response list_consumers(const V3Call& call);
net::Response get_consumer(const V3Call& call);
net::Response list_assignments(const V3Call& call);
net::Response get_assignment(const V3Call& call);

// v3_lags.cpp
net::Response list_lags(const V3Call& call);
net::Response get_lag(const V3Call& call);
net::Response get_lag_summary(const V3Call& call);

}  // namespace pinflow::rest
