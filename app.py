"""What is deployed where: one stage of stacks for each file in environments/."""

from stacks.app import all_settings, build

build(all_settings()).synth()
