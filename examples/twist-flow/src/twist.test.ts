import { describeBijection } from "@invertible/testing";
import { twist, twistType } from "./twist.ts";

describeBijection("twist", twist, { types: [twistType] });
