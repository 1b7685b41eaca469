// config: SHA-256 of every key and 32-byte example that a document of ours or of the protocols
// prints. The examples themselves do not stand in the program.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/hex.h"
#include "config/secrets.h"
#include "crypto/sha256.h"

namespace tollhouse::config {
namespace {

constexpr std::array<std::string_view, 54> kPublished = {
    "00322b9703d3ab29c4893afd8dbf7d3cb324156f82bd22360e6ffaeadc9ad9f6",
    "06b546965243bbd583cfaf3b8a39ac29d0bc37e3b3251259abc43f48f305b8fd",
    "1406e05881e299367766d313e26c05564ec91bf721d31726bd6e46e60689539a",
    "149f1ba4d56fb4f24f756aabde5f8347030858ca769749c4b3145779785b24b0",
    "1a28be074134cbd6e2be80c64dc5c774855b1328502cec464f791f9ae41d6ad2",
    "20449803855c39b0d957a3307812468aa5bbeabfb022be28fc3c6276c482c222",
    "20b638308a9f41996ae5ac3bc148b32b0b56a6faf410e160c2803d4ccac50430",
    "2ef44500bcbfebd92bc426b2844789d9114b6f59c5897631677c23d02176c9a5",
    "2f287b4d3d4910f6cada9e1bd1b4648099e8c52c81aa4a6aebfa6fc86f19834e",
    "38bbf286c1ecb2dbba80a69c4dd2ccc8ec70caea1ccceaf363170ef141da1e69",
    "4147c45d24809c78a1145483ebb5053fa3bcae554604b450ece6824165fe3e16",
    "426e06145de2f3a17d39b5e36b51ef6d6b2f1b03d77a5685c86ddf4f07cac3ab",
    "4bd4ba910cfb908aaddba8d6429ca59c7777843d9a0555702c93ba3c3e57dca4",
    "51144539f4f23e68c596a264d181cbe0fdd2df1f04a0e54b07d2a1dcc843f1fd",
    "515e9a2a0d8aa144b0cbcb5fc693ff82f872bf5c6eaac65f3a84c92d5c4b9f9c",
    "51945c0b9ea3e0459740bdc9c300deb1b0978f5f2b7743e1328599d4a3db4fd0",
    "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
    "60aae3f3299441b06b61b5aaa4db89c4b5c8627de0cc2e5535882d8f42175265",
    "6d2a0c838acc65bee5316e56fa8a0e4ef56e65ad186870da7b42f4204659253e",
    "74935950006f81a3ce7449e5430504cef6c58e9572dd1839af744afd6983871e",
    "7594faba3689d646acafd15a0149fcbbbee1079231456312c3087ee9a776bc2a",
    "7eda5457f324114ff5c37ac70552a60611a7e95411bf18afa9263df278f472f7",
    "8293aa8b09d745ec4eea9451898e9f37930a688f6a73b6a2661db8fc09c98c96",
    "83ad398c0aa368471e151aebf28ced2a42f5fe3aecdbfca0346569ad1c678e11",
    "83cfe7d432188ac71737f9ea346c840b0084ac55be732d4d052e33869c18bf8d",
    "8e86e05d97ad8db89ffd825a792d01d8a168faa80bcfd2d6a975b3be45072c90",
    "90d3dc383f423aa395f7c3a50739b2ab2b4124d245fbc6c4c03cf264f90bbc74",
    "93c1746653db876c4e01287d0f3f7e08c5be10a22ea9f81af8d1ad8407ae8850",
    "97c62d00c74d7de6dac5ac4b6a71cd85a86f5d065d403b2e2fa01225beb8ca2b",
    "a121ea868e34fbfe3bb15802087e533768a22d5088a1aaf1386f346e4ce9e100",
    "a4e7fc46ca299b92cc925119c426fb55efeb38ff6eb61e9df94a5a27e4ba9ac9",
    "a51a149d95121938d1d23176215860b83788f1c40983168f780f4da03f865531",
    "a923c2c0e4fe77061ff1cb882171f6fdf926719bb7f5ffe2e05458438c52825e",
    "ad73bcbdc08b0bd81919c0bf8cf5997d28c0cf7b8bef30a7128e2b1be946a009",
    "aff90d39a7d6a8dd02d6eeb85234868057ad777fc4e6784b9d6ac2fab0f2458d",
    "b0c3439ea9c7837e3ca75cfb046af42261523a1e01d4583aae28543da5bdfe81",
    "b57ce057901eb7309f71037e34a7121944f81f3609c5ca035862919bf54dd159",
    "b5daaa5eb15d76665742caf2be147d67775bf808d206c1f4b355e8a33cf271f4",
    "b9043358412ce59700096927163a86e8fed85bca67fe9c5bef91b3e39fccefb9",
    "c1e45da3055f634a45446c84b02015150a3e36dfb1ed9bf904607d3e1c0cfe1f",
    "c71f3a3bd4af29caa465eddb87ab6081c90869a12f8716b915b440f173a38582",
    "cd670ae570fc35f664548f1a84da2d6a3fa26d91d0083653bca6b64a6eab687c",
    "cf4b2de82a2475166d08fef347f5c3601ee2283bbde4d3a0d90fe2205623e4b9",
    "d6d77d9572ce7451932deba0c3ad76f4a4bf83e21ecd72b219ccb4970fdc54ab",
    "d795166080c8ef3f60a251b64e707001f4b24c046b96616eab8095e934dbaf98",
    "dc0871aa2ddfb42921aff095a7b13b8c5cb72b10275365d32631094e3539ef65",
    "e0cc511a2f955c31b907955ab51af41ecefa911a3f9b6e7cfeffcafa6e794c0e",
    "e0e8cc45061075e88ff143ddd3a001ae1ba3e3a2e3d790e28aec626201c273a7",
    "e830bd176904153fbd1f398e95fc243a908ce2463c14de0d58e836103bc894f6",
    "edc46d9fc24f2bf4e7f2e9832668fc3906f3fb1429868f1c205dd085905cf591",
    "f00f98b8e45b9ecb4be8177d9f193098444f49893fb801ed913852b023e94aea",
    "f54a7fbf47f97a185b4daf67fa25b44ac6815a31adfecf32664885fd94e53a30",
    "f6a407fc8684003980edb90f60fdfe6b09a6aa4dd93a5551d024a95765b7599f",
    "fb56132e21208878352613dff58a3ba94c18f44f855f664b5f71723430872ad7",
};

bool all_alike(ByteView secret) {
  return std::ranges::all_of(secret, [&](std::uint8_t byte) { return byte == secret[0]; });
}

bool counts_up(ByteView secret) {
  for (std::size_t i = 1; i < secret.size(); ++i) {
    if (secret[i] != static_cast<std::uint8_t>(secret[i - 1] + 1)) return false;
  }
  return true;
}

}  // namespace

bool is_published_secret(ByteView secret) {
  if (secret.empty() || all_alike(secret) || counts_up(secret)) return true;
  const std::string digest = hex(crypto::sha256(secret).view());
  return std::ranges::binary_search(kPublished, std::string_view(digest));
}

}  // namespace tollhouse::config
