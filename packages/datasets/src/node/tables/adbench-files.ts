import type { PublishedFile } from "../files/archive-source.ts";

/** The files of ADBench's classical sets whose checksums we know. */
export const adbenchFiles = {
  annthyroid: {
    name: "2_annthyroid.npz",
    bytes: 66_547,
    sha256: "e738f7c58a8740d2c4aac4c71ff49ce5e1d1aa16f44178135fc9c09df05fad1b",
  },
  breastw: {
    name: "4_breastw.npz",
    bytes: 3_023,
    sha256: "4f37ce07dbc25ddad8178fdc6d664ab46d2d0000ee28c2787c3c7ff3c03ef9f6",
  },
  cardio: {
    name: "6_cardio.npz",
    bytes: 68_471,
    sha256: "bc5009bde6930b4d298b594f31b34485a9a17210cff0e8fb00a8c3068b885a2d",
  },
  ionosphere: {
    name: "18_Ionosphere.npz",
    bytes: 42_913,
    sha256: "bca46cb0cfd1bf9ddef6cde5ad2215d54fb0189508d0d4c4eb98e788cad69001",
  },
  mammography: {
    name: "23_mammography.npz",
    bytes: 166_764,
    sha256: "a0308ac9712d78321073b1c2dc98dc37665c0f35c1cc33019416fe8f8d7de7ea",
  },
  pendigits: {
    name: "28_pendigits.npz",
    bytes: 653_509,
    sha256: "c4936b89dcdad59d303020e492f763a0f54170080d787c77497609acbb9c2d79",
  },
  pima: {
    name: "29_Pima.npz",
    bytes: 11_023,
    sha256: "215454bb263a2f040945c9ea7bd7f06f1e89a61a3143bdb6f196e3887e801a7d",
  },
  satellite: {
    name: "30_satellite.npz",
    bytes: 129_874,
    sha256: "1f048f5686f1b8c16a227fdfa3c81a62cd9a92715714a6b24c69b1c5ad96b46e",
  },
  shuttle: {
    name: "32_shuttle.npz",
    bytes: 332_929,
    sha256: "26900b0f6be45d9ddb7a402c9b2f956ceda42d23a8ca4cf4406b8bc1352823d1",
  },
  thyroid: {
    name: "38_thyroid.npz",
    bytes: 39_882,
    sha256: "8de161b3f235b7647bb0b39a836d983ff61d67bf234edac461da2d71e889cb87",
  },
  vowels: {
    name: "40_vowels.npz",
    bytes: 134_268,
    sha256: "4bfc4244d1c882773bbbc50d4a5db5e52276e53506e46b2d45e02d074cfcb1b6",
  },
  wbc: {
    name: "42_WBC.npz",
    bytes: 1_444,
    sha256: "650f9dcb129248f67a291be0974f533ef259fcbde50fce5c8ad2a1cb2652d03b",
  },
} as const satisfies Record<string, PublishedFile>;
