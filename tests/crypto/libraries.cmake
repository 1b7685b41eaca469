# EVP is the oracle of the hashes; libsecp256k1 reads the DER of the vectors.
target_link_libraries(crypto_test PRIVATE OpenSSL::Crypto PkgConfig::secp256k1)
