#include "scripted_transport.hpp"

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;

// Signatures that botocore 1.29.27 made (test/support/botocore_vectors.py prints these rows): of a GET of each key on
// 2026-01-05 at 10:00, with an access key that holds a colon and a session's token.

namespace {

struct row
{
    std::string key;
    std::string signature;
};

const std::vector<row> rows{
    {"plain.txt", "2f1324cd70db2124299aedc1998363586204e09a9a54ee67416cc3f7912d260d"},
    {"a b", "455591eaced063f120fb6a213079be75a869e944ba391973f12f004cd6e03107"},
    {"a+b", "72d5a79e4cb0fd63d41008cf354a5606be8017f3801d42606a3d99f89ad24e41"},
    {"a%b", "364bea4c57ae5fd21ae26800f960f0571183611126f75eaacfaf96001a7c3fb2"},
    {"a%2Fb", "7609b89d96cb30a2df79833cd529f55f8c1c090c2a82073aeed6eb49c1c806cc"},
    {"a~b", "86367f8287698532fbff3898284d055c3b2117343bed1b5e58fc71069a8c74c0"},
    {"a=b&c", "8a5a532f67e08096d40f67746ef64ac1fa4235e9fd378872ddecf9717aa45899"},
    {"a//b", "72ab64de450df6fa2fb942bcd67ed638cb737b24a4be2dd47ea373296490c9c2"},
    {"../up", "8341ef7cb98188d74dc24d0800fc6cf6b740d838ae8c03a5e61f6c20e2cfdc50"},
    {"a/../b", "47041c65d58c1b48304f7b8bb987ceba31dd3cfc6e53e2b7d2902d05aa7bb798"},
    {"ü/€", "3d0f4ae4cb80a37bc659e3bdec212b771e50520a2e7c9bb3bfcb5641b7610b54"},
    {std::string(1024, 'k'), "cd058b2fd4bcebd26cdaa39227d68768fd4c03f8faf84cee2c223d335e175d31"},
    {"(a)!*'", "3708651736194fc92fc788502c387b9e02599a899321bf611a8b03a6f0dbe389"},
    {";,:@$", "487a8ff294c085afe76162e135cb6f4d697d92e49de0a12fd64df455fcf7c825"},
    {"q?x#y", "e305afa2009018484ea13c7c3737bed64836606f719a765e32da2a832e0a3f6a"},
    {"trailing/", "d1673cc2fcfcc2724e71e149983e9ed3470acff39d24ba5d9bdaebd3019aa7b2"},
};

} // namespace

TEST_CASE("keys that are hard to spell are signed as an independent signer does", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.region = "eu-west-1";
    to.account = {"test:tester", secret("s3cr/et+key"), secret("tok/en==")};
    s3::s3_store store(to, wire, time);
    for (const row& one : rows) {
        INFO(one.key.substr(0, 100));
        wire->then(200, "body");
        CHECK(run(store.get(one.key, 10)).has_value());
        CHECK_THAT(header(wire->seen.back(), "Authorization"),
            Catch::StartsWith("AWS4-HMAC-SHA256 Credential=test:tester/20260105/eu-west-1/s3/aws4_request,") &&
                Catch::EndsWith("Signature=" + one.signature));
    }
}
