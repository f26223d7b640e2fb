// POST /v3/clusters/{c}/topics/{t}/records:batch: a few records with ids, and what became of each.
#pragma once
#include <string>

#include "net/http.h"
#include "rest/v3_site.h"

namespace pinflow::rest {

void produce_batch(net::Exchange& exchange, const V3Site& site, std::string topic);

}  // namespace pinflow::rest
